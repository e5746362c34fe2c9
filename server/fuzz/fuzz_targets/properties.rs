//! A properties file: YAML with places, and everything that is read from it.
#![no_main]

use base::FileId;
use dagsmith_fuzz::assert_fits;
use libfuzzer_sys::fuzz_target;
use project::{properties::Properties, yaml::Yaml};

fuzz_target!(|text: &str| {
    let (yaml, mut diagnostics) = Yaml::parse(text);
    let _ = yaml.root().to_json();
    for at in [0, text.len() / 3, text.len() / 2, text.len()] {
        let _ = yaml.position_at(at as u32);
    }
    let (_, found) = Properties::read(FileId(0), &yaml, &|text| Ok(text.into()));
    diagnostics.extend(found);
    for diagnostic in diagnostics {
        assert_fits(diagnostic.range.start, diagnostic.range.end, text);
    }
});
