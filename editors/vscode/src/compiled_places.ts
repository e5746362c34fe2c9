//! What the compiled view has beside its text: squiggles, the place that belongs to the cursor in the other document, and the
//! way from SQL to what made it.

import * as vscode from "vscode";
import { headerLines, type Span, toCompiled, toSource } from "./compiled_map.ts";
import { COMPILED_SCHEME } from "./compiled_text.ts";
import type { CompiledResult } from "./protocol.ts";

/** So many characters an editor beside another one has room for. */
const NARROW = 55;

export class CompiledPlaces implements vscode.DefinitionProvider, vscode.HoverProvider, vscode.Disposable {
    /** What the views show, by their URI. */
    private readonly shown = new Map<string, CompiledResult>();
    private readonly problems = vscode.languages.createDiagnosticCollection("dagsmith-compiled");
    private readonly mark = vscode.window.createTextEditorDecorationType({
        backgroundColor: new vscode.ThemeColor("editor.wordHighlightStrongBackground"),
        overviewRulerColor: new vscode.ThemeColor("editorOverviewRuler.wordHighlightStrongForeground"),
        rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    });
    private readonly subscriptions: vscode.Disposable[];

    constructor() {
        const selector = { scheme: COMPILED_SCHEME };
        this.subscriptions = [
            this.problems,
            this.mark,
            vscode.languages.registerDefinitionProvider(selector, this),
            vscode.languages.registerHoverProvider(selector, this),
            vscode.window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
                // What we reveal moves no cursor; what nobody did is not followed.
                if (kind !== undefined || textEditor.document.uri.scheme !== COMPILED_SCHEME) {
                    this.moved(textEditor);
                }
            }),
            vscode.workspace.onDidChangeTextDocument(({ document }) => this.changed(document)),
            vscode.workspace.onDidOpenTextDocument((document) => this.changed(document)),
            vscode.workspace.onDidCloseTextDocument(({ uri }) => {
                this.shown.delete(uri.toString());
                this.problems.delete(uri);
            }),
            vscode.languages.onDidChangeDiagnostics(({ uris }) => {
                const edited = new Set(uris.map(String));
                for (const view of this.views()) {
                    if (edited.has(view.query)) {
                        this.publish(view);
                    }
                }
            }),
        ];
    }

    /** What a view is about to show. */
    remember(view: vscode.Uri, result: CompiledResult | undefined): void {
        if (result) {
            this.shown.set(view.toString(), result);
        } else {
            this.shown.delete(view.toString());
            this.problems.delete(view);
        }
    }

    provideDefinition(document: vscode.TextDocument, position: vscode.Position): vscode.Location[] {
        const found = this.source(document.uri, position);
        if (!found) {
            return [];
        }
        const source = new vscode.Location(vscode.Uri.parse(document.uri.query), range(found.span));
        const macro = found.piece.through?.location;
        const made = macro && new vscode.Location(vscode.Uri.parse(macro.uri), range(macro.range));
        return made ? [source, made] : [source];
    }

    provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
        const found = this.source(document.uri, position);
        if (!found || found.piece.literal) {
            return undefined;
        }
        const line = found.span.start.line + 1;
        const { through } = found.piece;
        const maker = through ? `, by \`${through.uniqueId}\`` : "";
        return new vscode.Hover(new vscode.MarkdownString(`Made by the expression in line ${line}${maker}.`));
    }

    dispose(): void {
        vscode.Disposable.from(...this.subscriptions).dispose();
    }

    private source(view: vscode.Uri, position: vscode.Position): ReturnType<typeof toSource> {
        const result = this.shown.get(view.toString());
        return result && toSource(result, position);
    }

    private *views(): Iterable<vscode.Uri> {
        for (const { uri } of vscode.workspace.textDocuments) {
            if (this.shown.has(uri.toString())) {
                yield uri;
            }
        }
    }

    /** The text of a view has come. */
    private changed(document: vscode.TextDocument): void {
        if (document.uri.scheme === COMPILED_SCHEME) {
            this.publish(document.uri);
            const source = vscode.window.visibleTextEditors.find(
                (editor) => editor.document.uri.toString() === document.uri.query,
            );
            if (source) {
                this.moved(source);
            }
        }
    }

    /** Squiggles: what the SQL says, where it stands; and what else is said of the model, where that was rendered to. */
    private publish(view: vscode.Uri): void {
        const result = this.shown.get(view.toString());
        if (!result) {
            return;
        }
        const nHeader = headerLines(result);
        const own = (result.problems ?? []).map((problem) => {
            const { start, end } = problem.range;
            const message = typeof problem.message === "string" ? problem.message : problem.message.value;
            const at = new vscode.Range(
                start.line + nHeader,
                start.character,
                end.line + nHeader,
                end.character,
            );
            const shown = new vscode.Diagnostic(at, message, (problem.severity ?? 1) - 1);
            return named(shown, problem.code);
        });
        const codes = new Set(own.map(({ code }) => code));
        const others = vscode.languages
            .getDiagnostics(vscode.Uri.parse(view.query))
            .filter(({ source, code }) => source === "dagsmith" && !codes.has(code))
            .flatMap((problem) =>
                toCompiled(result, problem.range.start)
                    .slice(0, 1)
                    .map((span) => {
                        const shown = new vscode.Diagnostic(
                            word(view, span),
                            problem.message,
                            problem.severity,
                        );
                        return named(shown, problem.code);
                    }),
            );
        this.problems.set(view, [...own, ...others]);
    }

    /** Shows the place in the other document that belongs to a cursor. */
    private moved(editor: vscode.TextEditor): void {
        const { active } = editor.selection;
        for (const other of vscode.window.visibleTextEditors) {
            const view = this.pairOf(editor.document, other.document);
            const result = view && this.shown.get(view.uri.toString());
            if (result) {
                const isFromView = view === editor.document;
                const found = isFromView ? toSource(result, active)?.span : undefined;
                this.show(other, isFromView ? (found ? [found] : []) : toCompiled(result, active));
                editor.setDecorations(this.mark, []);
            }
        }
    }

    /** The one of two documents that is the view of the other. */
    private pairOf(a: vscode.TextDocument, b: vscode.TextDocument): vscode.TextDocument | undefined {
        const isViewOf = (view: vscode.TextDocument, source: vscode.TextDocument) =>
            view.uri.scheme === COMPILED_SCHEME && view.uri.query === source.uri.toString();
        return isViewOf(a, b) ? a : isViewOf(b, a) ? b : undefined;
    }

    private show(editor: vscode.TextEditor, spans: readonly Span[]): void {
        const ranges = spans.map((span) => word(editor.document.uri, span, editor.document));
        editor.setDecorations(this.mark, ranges);
        if (ranges[0]) {
            editor.revealRange(fromMargin(ranges[0]), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
        }
    }
}

/** Where there is room for all of a line up to the place, none of it is scrolled away. */
function fromMargin(at: vscode.Range): vscode.Range {
    return at.end.character > NARROW ? at : new vscode.Range(at.start.line, 0, at.end.line, at.end.character);
}

/** A place alone is hard to see: the word at it, if there is one. */
function word(uri: vscode.Uri, span: Span, known?: vscode.TextDocument): vscode.Range {
    const at = range(span);
    const document =
        known ?? vscode.workspace.textDocuments.find((it) => it.uri.toString() === uri.toString());
    return (at.isEmpty && document?.getWordRangeAtPosition(at.start)) || at;
}

function range({ start, end }: Span): vscode.Range {
    return new vscode.Range(start.line, start.character, end.line, end.character);
}

function named(diagnostic: vscode.Diagnostic, code: unknown): vscode.Diagnostic {
    diagnostic.source = "dagsmith";
    if (typeof code === "string") {
        diagnostic.code = code;
    }
    return diagnostic;
}
