//! The files a project is described by: project file, profiles, packages, selectors.
#![no_main]

use base::FileId;
use dagsmith_fuzz::assert_fits;
use libfuzzer_sys::fuzz_target;
use project::{
    packages::PackagesFile,
    profiles::{Profile, ProfileRequest},
    project_file::ProjectFile,
    selector::{Selection, selector_definitions},
    yaml::Yaml,
};

fuzz_target!(|text: &str| {
    let (yaml, mut diagnostics) = Yaml::parse(text);
    let (_, found) = ProjectFile::read(FileId(0), &yaml, &|text| Ok(text.into()));
    diagnostics.extend(found);
    let (_, found) = PackagesFile::read(FileId(0), &yaml, &|text| Ok(text.into()));
    diagnostics.extend(found);
    for diagnostic in diagnostics {
        assert_fits(diagnostic.range.start, diagnostic.range.end, text);
    }
    let request = ProfileRequest {
        profile: Some("shop"),
        ..ProfileRequest::default()
    };
    let _ = Profile::read(&yaml, request, &|text| Ok(text.into()));
    let _ = selector_definitions(&yaml.root().to_json());
    let _ = Selection::parse(&[text]);
});
