//! The Zed extension: tells Zed how to start `dagsmith lsp`, and which settings to give it.
//!
//! Everything else is the server's. `lsp.dagsmith` in Zed's settings may name another `binary`, and holds the server's
//! `settings` (docs/protocol.md).

use zed_extension_api::settings::LspSettings;
use zed_extension_api::{
    Command, Extension, LanguageServerId, Result, Worktree, register_extension, serde_json,
};

struct DagsmithExtension;

impl Extension for DagsmithExtension {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        // A worktree that is no dbt project has YAML and Markdown too; no server is started for it. Zed shows the message in its
        // log of language servers.
        worktree
            .read_text_file("dbt_project.yml")
            .map_err(|_| "no dbt_project.yml in this folder".to_owned())?;
        let binary = LspSettings::for_worktree(id.as_ref(), worktree)?.binary;
        let configured = binary.as_ref().and_then(|binary| binary.path.clone());
        let command = configured
            .or_else(|| worktree.which("dagsmith"))
            .ok_or("`dagsmith` is not on PATH; install it, or set lsp.dagsmith.binary.path")?;
        let args = binary
            .and_then(|binary| binary.arguments)
            .unwrap_or_else(|| vec!["lsp".to_owned()]);
        Ok(Command {
            command,
            args,
            env: worktree.shell_env(),
        })
    }

    fn language_server_initialization_options(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        Ok(LspSettings::for_worktree(id.as_ref(), worktree)?.settings)
    }

    fn language_server_workspace_configuration(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?.settings;
        Ok(Some(
            serde_json::json!({ "dagsmith": settings.unwrap_or_default() }),
        ))
    }
}

register_extension!(DagsmithExtension);
