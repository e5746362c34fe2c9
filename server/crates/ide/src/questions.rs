//! The questions of an editor, each with its file; how a snapshot is made and cancelled is in `host`.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use analysis::{Project, manifest::is_editable};
use base::{FileId, FileRange, Severity, SourceRange};
use project::node::UniqueId;

use crate::{
    Analysis, Cancellable,
    code_action::{
        CodeAction, code_actions, generated,
        offers::{Generator, NamedSchema, Refactoring, RefactoringRequest},
        refactorings,
        warehouse_tables::{schema_as_source, schema_at},
    },
    code_lens::{CodeLens, code_lenses},
    column_graph::{ColumnEdge, ColumnGraph, ColumnStart, column_edges, column_graph},
    command::CommandKind,
    compiled::{Compiled, compiled},
    compiled_map::{CompiledMap, compiled_map},
    completion::{Completions, completions},
    definition::{Definition, goto_definition},
    hover::{HoverResult, HoveredNode, hover, nodes_of_file},
    lineage::{ColumnId, NodeLineage, column_lineage, column_place},
    lineage_graph::{GraphStart, GraphSteps, LineageGraph, lineage_graph},
    node_columns::{NodeColumns, node_columns},
    position::FilePosition,
    projects::{ProjectOverview, overview},
    references::references,
    rename::{Rename, RenameRefusal, RenameTarget, follow_file, prepare_rename, rename},
    selection::{compiled_file, selector},
    signature_help::{SignatureHelp, signature_help},
    symbols::{DocumentSymbol, WorkspaceSymbol, document_symbols, workspace_symbols},
    tests_list::{ListedTest, tests_list},
    world::World,
};

impl Analysis {
    pub(crate) fn ask_world<T>(&self, question: impl FnOnce(World<'_>) -> T) -> Cancellable<T> {
        let projects: Vec<Project> = self.inputs.projects().map(|(_, it)| it).collect();
        self.ask(|db| {
            question(World {
                db,
                projects: &projects,
                answers: Some(&self.answers),
            })
        })
    }

    /// Computes in advance what is asked of whole projects, so that the first hover is as fast as the others.
    pub fn prepare(&self) -> Cancellable<()> {
        self.ask_world(|world| {
            for project in world.projects {
                analysis::dag::prepare(world.db, *project);
            }
        })
    }

    /// The files of the user's own that can have diagnostics, by number.
    pub fn files(&self) -> Cancellable<Vec<FileId>> {
        self.ask_world(|world| {
            let db = world.db;
            let packages = world.projects.iter().flat_map(|it| it.packages(db).iter());
            let own = packages.filter(|it| is_editable(db, **it));
            let of_packages =
                own.flat_map(|it| it.files(db).iter().copied().chain(it.project_file(db)));
            let others = world.projects.iter().flat_map(|it| {
                let profiles = it.profiles(db);
                it.other_files(db).iter().copied().chain(profiles)
            });
            let mut files: Vec<FileId> = of_packages.chain(others).map(|it| it.id(db)).collect();
            files.sort();
            files.dedup();
            files
        })
    }

    /// The projects in a few words, sorted by root.
    pub fn projects(&self) -> Cancellable<Arc<[ProjectOverview]>> {
        self.ask_world(|world| {
            let projects = world.projects.iter();
            projects.map(|it| overview(world, *it)).collect()
        })
    }

    /// What can be written at the cursor.
    pub fn completions(&self, position: FilePosition) -> Cancellable<Completions> {
        self.ask_world(|world| completions(world, position))
    }

    /// The nodes that a file's own text makes, each with its place.
    pub fn nodes_of_file(&self, file: FileId) -> Cancellable<Vec<(HoveredNode, SourceRange)>> {
        self.ask_world(|world| nodes_of_file(world, file))
    }

    /// What is under the cursor.
    pub fn hover(&self, position: FilePosition) -> Cancellable<Option<HoverResult>> {
        self.ask_world(|world| hover(world, position))
    }

    /// Where the thing under the cursor is made.
    pub fn goto_definition(&self, position: FilePosition) -> Cancellable<Option<Definition>> {
        self.ask_world(|world| goto_definition(world, position))
    }

    /// The columns of all models, seeds and snapshots of the project at `root`, and where they come from.
    pub fn column_lineage(
        &self,
        root: &Path,
    ) -> Cancellable<Option<BTreeMap<UniqueId, NodeLineage>>> {
        let Some(project) = self.project(root) else {
            return Ok(None);
        };
        self.ask_world(|world| Some(column_lineage(world, project)))
    }

    /// The nodes around one, as many steps away as are asked for; `None` where no node is meant.
    pub fn lineage_graph(
        &self,
        start: &GraphStart,
        steps: GraphSteps,
    ) -> Cancellable<Option<LineageGraph>> {
        self.ask_world(|world| lineage_graph(world, start, steps))
    }

    /// The tests of the project at `root`.
    pub fn tests_list(&self, root: &Path) -> Cancellable<Option<Vec<ListedTest>>> {
        let Some(project) = self.project(root) else {
            return Ok(None);
        };
        self.ask_world(|world| Some(tests_list(world, project)))
    }

    /// The columns around one, as many steps away as are asked for; `None` where no column is meant.
    pub fn column_graph(
        &self,
        start: &ColumnStart,
        steps: GraphSteps,
    ) -> Cancellable<Option<ColumnGraph>> {
        self.ask_world(|world| column_graph(world, start, steps))
    }

    /// What is known of the columns of a node of the project that the file is part of; `None` for what has none.
    pub fn node_columns(&self, file: FileId, node: &str) -> Cancellable<Option<NodeColumns>> {
        self.ask_world(|world| node_columns(world, file, node))
    }

    /// What leads to a column of the project at `root`, or away from it.
    pub fn column_edges(
        &self,
        root: &Path,
        start: &ColumnId,
        steps: GraphSteps,
    ) -> Cancellable<Vec<ColumnEdge>> {
        let Some(project) = self.project(root) else {
            return Ok(Vec::new());
        };
        self.ask_world(|world| column_edges(world, project, start, steps))
    }

    /// Where a column is written.
    pub fn column_place(&self, root: &Path, column: &ColumnId) -> Cancellable<Option<FileRange>> {
        let Some(project) = self.project(root) else {
            return Ok(None);
        };
        self.ask_world(|world| column_place(world, project, column))
    }

    /// The name under the cursor, if it can be changed; or why it cannot.
    pub fn prepare_rename(
        &self,
        position: FilePosition,
    ) -> Cancellable<Result<Option<RenameTarget>, RenameRefusal>> {
        self.ask_world(|world| prepare_rename(world, position))
    }

    /// Everything that changes when the thing under the cursor gets another name; or why it cannot have it.
    pub fn rename(
        &self,
        position: FilePosition,
        new_name: &str,
    ) -> Cancellable<Result<Rename, RenameRefusal>> {
        self.ask_world(|world| rename(world, position, new_name))
    }

    /// Everything that changes when a file gets another name in its folder, so that what it defines is still found.
    /// `new_stem` is the name without its extension.
    pub fn follow_file(&self, file: FileId, new_stem: &str) -> Cancellable<Option<Rename>> {
        self.ask_world(|world| follow_file(world, file, new_stem))
    }

    /// Everywhere the thing under the cursor is named, sorted.
    pub fn references(
        &self,
        position: FilePosition,
        include_declaration: bool,
    ) -> Cancellable<Vec<FileRange>> {
        self.ask_world(|world| references(world, position, include_declaration))
    }

    /// What a file consists of.
    pub fn document_symbols(&self, file: FileId) -> Cancellable<Vec<DocumentSymbol>> {
        self.ask_world(|world| document_symbols(world, file))
    }

    /// Symbols of all projects whose name fits, the best first.
    pub fn workspace_symbols(&self, query: &str) -> Cancellable<Vec<WorkspaceSymbol>> {
        self.ask_world(|world| workspace_symbols(world, query))
    }

    /// The lines above the definitions of a file.
    pub fn code_lenses(&self, file: FileId) -> Cancellable<Vec<CodeLens>> {
        self.ask_world(|world| code_lenses(world, file))
    }

    /// What can be done at a selection.
    pub fn code_actions(&self, selection: FileRange) -> Cancellable<Vec<CodeAction>> {
        let found = self.diagnostics(selection.file)?;
        self.ask_world(|world| code_actions(world, selection, found))
    }

    /// What else could be made of what is at a selection.
    pub fn refactorings(&self, request: &RefactoringRequest) -> Cancellable<Vec<Refactoring>> {
        self.ask_world(|world| refactorings(world, request))
    }

    /// What a generator makes at a selection, with its change; `None` where there is nothing to make.
    pub fn generated(
        &self,
        request: &RefactoringRequest,
        generator: Generator,
    ) -> Cancellable<Option<Refactoring>> {
        self.ask_world(|world| generated(world, request, generator))
    }

    /// The schema of the source whose entry is at the cursor.
    pub fn schema_at(&self, position: FilePosition) -> Cancellable<Option<NamedSchema>> {
        self.ask_world(|world| schema_at(world, position))
    }

    /// The tables of a schema, each with the names and types of its columns, as the entry of a source; `None` where all are
    /// declared already.
    pub fn schema_as_source(
        &self,
        request: &RefactoringRequest,
        schema: &NamedSchema,
        tables: &[(String, Vec<(String, String)>)],
    ) -> Cancellable<Option<Refactoring>> {
        self.ask_world(|world| schema_as_source(world, request, schema, tables))
    }

    /// The parameters of the call around the cursor.
    pub fn signature_help(&self, position: FilePosition) -> Cancellable<Option<SignatureHelp>> {
        self.ask_world(|world| signature_help(world, position))
    }

    /// What a command without a selector selects, in dbt's syntax: what is at the cursor, or all that the file declares.
    pub fn selector(
        &self,
        file: FileId,
        offset: Option<u32>,
        kind: CommandKind,
    ) -> Cancellable<Option<String>> {
        self.ask_world(|world| selector(world, file, offset, kind))
    }

    /// The file to compile for a command: that of the node named, of the entry at the cursor, or the file itself.
    pub fn compiled_file(
        &self,
        file: FileId,
        offset: Option<u32>,
        name: Option<&str>,
    ) -> Cancellable<Option<FileId>> {
        self.ask_world(|world| compiled_file(world, file, offset, name))
    }

    /// The SQL that a file compiles to; `None` for what is not compiled.
    pub fn compiled(&self, file: FileId) -> Cancellable<Option<Compiled>> {
        let mut errors = self.diagnostics(file)?;
        errors.retain(|it| it.severity == Severity::Error);
        self.ask_world(|world| compiled(world, file, errors))
    }

    /// Where the SQL that a file compiles to comes from, and what is wrong in it.
    pub fn compiled_map(&self, file: FileId) -> Cancellable<CompiledMap> {
        self.ask_world(|world| compiled_map(world, file))
    }
}
