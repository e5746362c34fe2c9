//! The façade that editors and commands ask: `AnalysisHost` and `Analysis`, one file a feature.
