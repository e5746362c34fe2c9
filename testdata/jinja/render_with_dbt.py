"""Write the `.expected` files next to this script: what dbt Core's own Jinja environment makes of the `.jinja` files.

    pip install 'dbt-core<1.12' && python testdata/jinja/render_with_dbt.py

A file is one template, or holds macros and a template behind `//- /macros.sql` and `//- /model.sql`.
"""

import pathlib

from dbt.clients.jinja import MacroGenerator, MacroStack
from dbt.context.base import BaseContext, get_context_modules
from dbt_common.clients.jinja import extract_toplevel_blocks, get_environment

FUNCTIONS = {
    "return": "_return",
    "fromjson": "fromjson",
    "tojson": "tojson",
    "set": "_set",
    "zip": "_zip",
    "local_md5": "local_md5",
    "diff_of_two_dicts": "diff_of_two_dicts",
}


class Macro:
    package_name = "root"
    original_file_path = "macros.sql"

    def __init__(self, name, macro_sql):
        self.name, self.macro_sql = name, macro_sql
        self.unique_id = f"macro.root.{name}"


def split(text):
    if not text.startswith("//- "):
        return "", text
    macros, model = text.split("//- /model.sql\n")
    return macros.removeprefix("//- /macros.sql\n"), model


def render(text):
    macros, model = split(text)
    context = {name: getattr(BaseContext, attribute) for name, attribute in FUNCTIONS.items()}
    context.update(modules=get_context_modules(), execute=True)
    context["context"] = context
    for block in extract_toplevel_blocks(macros, allowed_blocks={"macro"}, collect_raw_data=False):
        macro = Macro(block.block_name, block.full_block)
        context[macro.name] = MacroGenerator(macro, context, None, MacroStack())
    return get_environment(None).from_string(model, globals=context).render(context)


for path in sorted(pathlib.Path(__file__).parent.glob("*.jinja")):
    path.with_suffix(".expected").write_text(render(path.read_text()))
