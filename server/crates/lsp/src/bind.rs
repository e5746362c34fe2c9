//! When a binder is asked: about open documents, when nobody types and nothing else is to be computed.
//!
//! Its answers are kept by question (`ide`), so that what is published is computed as ever, from the text as it is by then. It
//! thinks on a thread of its own and holds no snapshot meanwhile: no edit waits for it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use base::FileId;
use ide::{AnswerBook, BindQuestion, Binder};

use crate::{event::Event, snapshot::Snapshot, state::GlobalState};

/// So many files at once, at most: what is asked last is asked about the newest text.
const BATCH: usize = 4;

impl GlobalState {
    pub(crate) fn bind_due(&mut self) {
        let schedule = &self.schedule;
        if schedule.unbound.is_empty() || schedule.is_binding || !schedule.is_idle() {
            return;
        }
        let Some(binder) = self.services.binder.clone() else {
            return;
        };
        let unbound = std::mem::take(&mut self.schedule.unbound).into_iter();
        let mut files: Vec<FileId> = unbound
            .filter(|file| self.document(*file).is_some())
            .collect();
        self.schedule.unbound.extend(files.iter().skip(BATCH));
        files.truncate(BATCH);
        if files.is_empty() || !self.is_binding_on() {
            return;
        }
        self.schedule.is_binding = true;
        let (snapshot, book, sender) = (self.snapshot(), self.host.answers(), self.events());
        let asked = files.clone();
        let work = move || {
            let work = || ask(snapshot, &*binder, &book, &asked);
            if catch_unwind(AssertUnwindSafe(work)).is_err() {
                tracing::error!("a binder panicked");
            }
            sender.send(Event::Bound(asked));
        };
        let thread = thread::Builder::new().name("binder".to_owned());
        // Without a thread the documents stay as they are, until the next look at them.
        if let Err(error) = thread.stack_size(crate::pool::STACK_SIZE).spawn(work) {
            tracing::warn!(%error, "cannot ask a binder");
            self.schedule.is_binding = false;
        }
    }

    /// What is new is told; where an edit came first, the document is asked about again.
    pub(crate) fn on_bound(&mut self, files: &[FileId]) {
        self.schedule.is_binding = false;
        for file in files {
            if self.document(*file).is_some() && self.loader.knows(*file) {
                self.diagnose_document(*file, false);
            }
        }
    }
}

fn ask(snapshot: Snapshot, binder: &dyn Binder, book: &AnswerBook, files: &[FileId]) {
    let questions = files
        .iter()
        .map(|file| snapshot.analysis.bind_questions(*file));
    let questions: Result<Vec<Vec<BindQuestion>>, _> = questions.collect();
    // An edit waits for this.
    drop(snapshot);
    // If there was one, it has the documents looked at again.
    for question in questions.into_iter().flatten().flatten() {
        book.ask(binder, question);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use serde_json::{Value, json};

    use crate::{BindAnswer, BindQuestion, Binder, test_client::TestClient};

    /// Finds the word `wrong`, and counts how often it is asked.
    #[derive(Default)]
    struct Fake(AtomicUsize);

    impl Binder for Fake {
        fn bind(&self, question: &BindQuestion) -> BindAnswer {
            self.0.fetch_add(1, Ordering::SeqCst);
            match question.sql.find("wrong") {
                Some(at) => BindAnswer::Wrong {
                    message: "wrong".into(),
                    at: at as u32,
                },
                None => BindAnswer::Unknown,
            }
        }
    }

    const FILES: [(&str, &str); 4] = [
        ("/p/dbt_project.yml", "name: p\nprofile: p\n"),
        (
            "/p/profiles.yml",
            "p: {target: d, outputs: {d: {type: duckdb, path: p.duckdb}}}",
        ),
        ("/p/models/a.sql", "select 1 as id"),
        ("/p/models/closed.sql", "select wrong(1) as id"),
    ];

    const URI: &str = "file:///p/models/a.sql";

    fn open(client: &mut TestClient, text: &str) {
        let document = json!({"uri": URI, "languageId": "sql", "version": 1, "text": text});
        client.notify("textDocument/didOpen", &json!({"textDocument": document}));
    }

    fn edit(client: &mut TestClient, version: i32, text: &str) {
        let params = json!({
            "textDocument": {"uri": URI, "version": version},
            "contentChanges": [{"text": text}],
        });
        client.notify("textDocument/didChange", &params);
    }

    /// The next diagnostics of a version of the document that are as many.
    fn codes(client: &mut TestClient, version: i32, n_wanted: usize) -> Vec<Value> {
        loop {
            let message = client.receive();
            let params = &message["params"];
            if message["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == URI
                && params["version"] == version
                && let Some(found) = params["diagnostics"].as_array()
                && found.len() == n_wanted
            {
                return found.iter().map(|it| it["code"].clone()).collect();
            }
        }
    }

    #[test]
    fn the_answer_follows_the_edit_and_no_question_is_asked_twice() {
        let binder = Arc::new(Fake::default());
        let mut client = TestClient::start_with(&FILES, Some(binder.clone()));
        client.initialize("/p");
        open(&mut client, "select wrong(1) as id");
        assert_eq!(codes(&mut client, 1, 1), ["binder-error"]);
        edit(&mut client, 2, "select fine(1) as id");
        assert_eq!(codes(&mut client, 2, 0), Vec::<Value>::new());
        edit(&mut client, 3, "select wrong(1) as id");
        assert_eq!(codes(&mut client, 3, 1), ["binder-error"]);
        // The closed file has the same SQL, and is not asked about. The second text may have gone before it was looked at.
        assert!(binder.0.load(Ordering::SeqCst) <= 2);
        let off = json!({"settings": {"dagsmith": {"binder": false}}});
        client.notify("workspace/didChangeConfiguration", &off);
        assert_eq!(codes(&mut client, 3, 0), Vec::<Value>::new());
        let untrusted = json!({"settings": {"dagsmith": {"trusted": false}}});
        client.notify("workspace/didChangeConfiguration", &untrusted);
        edit(&mut client, 4, "select wrong(4) as id");
        assert_eq!(codes(&mut client, 4, 0), Vec::<Value>::new());
        client.leave();
        assert!(binder.0.load(Ordering::SeqCst) <= 2);
    }
}
