//! `--metrics-file`: the numbers of a run, for those who watch over it.

use serde_json::Value;

use crate::Project;

fn lines(project: &Project, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(project.root.join(name)).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_run_leaves_its_numbers() {
    let project = Project::copied("failing_build");
    let output = project.run(&["build", "--metrics-file", "numbers/run.prom"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = lines(&project, "numbers/run.prom");
    let has = |wanted: &str| shown.iter().any(|line| line == wanted);
    let labels = |id: &str| {
        let (kind, _) = id.split_once('.').unwrap();
        format!("{{unique_id=\"{id}\",resource_type=\"{kind}\",package=\"failing_build\"}}")
    };
    assert!(has("dagsmith_run_success 0.0"), "{shown:?}");
    for (id, success) in [
        ("model.failing_build.independent", "1.0"),
        ("model.failing_build.fails_at_runtime", "0.0"),
        ("model.failing_build.below_failure", "0.0"),
    ] {
        let labels = labels(id);
        assert!(
            has(&format!("dagsmith_node_success{labels} {success}")),
            "{shown:?}"
        );
    }
    // The next run does not add to it.
    let output = project.run(&[
        "run",
        "--select",
        "independent",
        "--metrics-file",
        "numbers/run.prom",
    ]);
    assert_eq!(output.status.code(), Some(0));
    let shown = lines(&project, "numbers/run.prom");
    let n_nodes = shown
        .iter()
        .filter(|line| line.starts_with("dagsmith_node_success{"));
    assert_eq!(n_nodes.count(), 1, "{shown:?}");
}

#[test]
fn a_project_with_errors_is_a_run_without_success() {
    let project = Project::copied("broken_refs");
    let output = project.run(&["build", "--metrics-file", "run.prom"]);
    assert_eq!(output.status.code(), Some(2));
    let shown = lines(&project, "run.prom");
    assert!(
        shown.contains(&"dagsmith_run_success 0.0".to_owned()),
        "{shown:?}"
    );
}

#[test]
fn the_age_of_sources_is_told_to_a_collector() {
    let project = Project::copied("freshness");
    project.run(&["run"]);
    project
        .command(&["source", "freshness", "--select", "source:landing.stale"])
        .args(["--metrics-file", "run.json", "--metrics-format", "otlp"])
        .output()
        .unwrap();
    let [line] = lines(&project, "run.json").try_into().unwrap();
    let request: Value = serde_json::from_str(&line).unwrap();
    let metrics = &request["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    let is_age = |it: &&Value| it["name"] == "dagsmith.source_age";
    let age = metrics.as_array().unwrap().iter().find(is_age).unwrap();
    let days = age["gauge"]["dataPoints"][0]["asDouble"].as_f64().unwrap() / 86_400.0;
    assert!((2.9..3.1).contains(&days), "{age}");
}
