"""Runs one Python model for Dagsmith, which starts this script with an installed Python.

Both sides write lines of JSON: Dagsmith to the standard input, this script to what was its standard output. Dagsmith holds
the database; it writes the relations that the model asks for into exchange files, which are attached here, with views of
the relations' names. The model's result goes into a file too, and the statements that make a table of it go back to Dagsmith, which
runs them in the model's transaction. When Dagsmith is gone, so is this script, and the files with it.

Runs on Python 3.8 and later, with no other package than duckdb.
"""

import io
import json
import os
import queue
import shutil
import signal
import sys
import threading
import time
import traceback
import types

# How many seconds a file may stay locked.
LOCK_PATIENCE = 60


class Ending:
    """What the end of the input means: nothing is left to do, or the run is over."""

    is_done = False
    directory = None


class Channel:
    """The lines to and from Dagsmith."""

    def __init__(self):
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        self._in = os.fdopen(os.dup(0), "r", encoding="utf-8", newline="\n")
        self._lock = threading.Lock()
        self._answers = queue.Queue()
        # The model's code may read and write as it likes: it is not heard on the channel.
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, **message):
        with self._lock:
            self._out.write(json.dumps(message) + "\n")
            self._out.flush()

    def receive(self):
        return self._answers.get()

    def ask(self, **message):
        self.send(**message)
        return self.receive()

    def _listen(self):
        for line in self._in:
            self._answers.put(json.loads(line))
        if not Ending.is_done:
            if Ending.directory is not None:
                shutil.rmtree(Ending.directory, ignore_errors=True)
            # Whatever the model has started is in the process group that Dagsmith made for this script.
            if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
                os.killpg(os.getpgrp(), signal.SIGKILL)
            os._exit(1)


class Printer(io.TextIOBase):
    """The standard output of the model's code, line by line."""

    def __init__(self, channel):
        self._channel = channel
        self._rest = ""

    def writable(self):
        return True

    def write(self, text):
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._channel.send(print=line)
        return len(text)

    def close_line(self):
        if self._rest:
            self.write("\n")


class Refused(Exception):
    """Dagsmith has told its user already why a statement failed."""


class Unreadable(Exception):
    """A relation that the model asks for is not there, or cannot be read."""


class Inputs:
    """What the model reads, brought here when it is asked for."""

    def __init__(self, channel, job, session):
        self._channel = channel
        self._session = session
        self._waiting = dict(enumerate(job["inputs"]))
        for idx, one in list(self._waiting.items()):
            if one["at_once"]:
                # The code may never read it.
                try:
                    self._bring(idx)
                except Unreadable:
                    pass

    def load(self, relation):
        for idx, one in list(self._waiting.items()):
            if one["written"] in relation:
                self._bring(idx)
        return self._session.query("select * from " + relation)

    def _bring(self, idx):
        answer = self._channel.ask(load=idx)
        if "error" in answer:
            raise Unreadable(answer["error"])
        one = self._waiting.pop(idx)
        file = quoted("dagsmith_input_{}".format(idx))
        schema = quoted(one["database"]) + "." + quoted(one["schema"])
        self._attach("attach {} as {} (read_only)".format(literal(answer["file"]), file))
        self._session.execute("create schema if not exists " + schema)
        self._session.execute(
            "create or replace view {}.{} as select * from {}.main.data".format(schema, quoted(one["identifier"]), file)
        )

    def _attach(self, statement):
        """A statement of Dagsmith's that looks at all its databases, as lists of tables do, holds on to a file that it has
        just detached until that statement is over."""
        import duckdb

        patience_ends = time.monotonic() + LOCK_PATIENCE
        while True:
            try:
                return self._session.execute(statement)
            except duckdb.IOException as error:
                if "lock" not in str(error) or time.monotonic() > patience_ends:
                    raise
                time.sleep(0.01)


class Storage:
    """What `materialize` takes for a connection: data goes into a file, statements go to Dagsmith."""

    def __init__(self, channel, job, session):
        self._channel = channel
        self._job = job
        self._session = session

    def register(self, name, frame):
        import duckdb

        # A relation lives in its connection. Anything else may be read from that one while it is written by another.
        is_relation = isinstance(frame, duckdb.DuckDBPyRelation)
        connection = self._session if is_relation else self._session.cursor()
        database = quoted(self._job["result_database"])
        connection.register(name, frame)
        connection.execute(
            "attach {} as {}{}".format(literal(self._job["result_file"]), database, self._job["storage"])
        )
        connection.execute("create table {}.main.data as select * from {}".format(database, quoted(name)))
        connection.unregister(name)
        connection.execute("detach " + database)
        self._ask(register=name)

    def execute(self, sql):
        self._ask(execute=sql)
        return self

    def unregister(self, name):
        self._ask(unregister=name)

    def _ask(self, **message):
        if "error" in self._channel.ask(**message):
            raise Refused()


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def connect(duckdb, job):
    session = duckdb.connect(job["session_file"], config=job["config_options"])
    for name in job["extensions"]:
        # What is missing is told by the statement that needs it.
        try:
            session.execute("load " + name)
        except duckdb.Error:
            pass
    for statement in job["statements"]:
        session.execute(statement)
    for database in job["databases"]:
        session.execute("attach ':memory:' as " + quoted(database))
    if job["default_database"] is not None:
        session.execute("use " + quoted(job["default_database"]))
    return session


def run(channel, duckdb, job):
    for path in job["module_paths"]:
        if path not in sys.path:
            sys.path.append(path)
    session = connect(duckdb, job)
    # Lines are counted as in the model's file.
    code = compile("\n" * job["lines_before"] + job["code"], job["path"], "exec")
    module = types.ModuleType(job["module"])
    module.__file__ = os.path.abspath(job["path"])
    exec(code, module.__dict__)
    dbt = module.dbtObj(Inputs(channel, job, session).load)
    result = module.model(dbt, session)
    module.materialize(result, Storage(channel, job, session))


def is_own(path, job):
    return path == job["path"]


def failure(error, job):
    """What went wrong, from the model's code inwards, and the last line of that code which took part."""
    steps = error.__traceback__
    while steps is not None and not is_own(steps.tb_frame.f_code.co_filename, job):
        steps = steps.tb_next
    last_own = job["lines_before"] + job["own_lines"]
    lines = [step.lineno for step in traceback.extract_tb(steps) if is_own(step.filename, job)]
    lines = [line for line in lines if line <= last_own]
    if isinstance(error, SyntaxError) and is_own(error.filename, job):
        lines.append(error.lineno)
    text = "".join(traceback.format_exception(type(error), error, steps))
    return {"failed": text, "line": lines[-1] if lines else None}


def main():
    channel = Channel()
    printer = Printer(channel)
    sys.stdout = printer
    # As it was started, the first place of modules would be the working directory; dbt does not look there.
    sys.path[:] = [path for path in sys.path if path != ""]
    try:
        import duckdb
    except ImportError as error:
        channel.send(missing=str(error), version=sys.version.split()[0])
        return
    channel.send(duckdb=duckdb.__version__)
    job = channel.receive()
    Ending.directory = job["directory"]
    try:
        import asyncio

        # Asynchronous code may count on a loop, as it has one in dbt.
        asyncio.set_event_loop(asyncio.new_event_loop())
        run(channel, duckdb, job)
        answer = {"done": True}
    except Refused:
        answer = {"done": False}
    except BaseException as error:  # the code may leave by sys.exit, too
        answer = failure(error, job)
    printer.close_line()
    Ending.is_done = True
    channel.send(**answer)


if __name__ == "__main__":
    main()
