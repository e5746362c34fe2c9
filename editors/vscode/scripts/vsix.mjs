//! What a .vsix of this extension holds: the one list that `package.mjs` writes by and `check_package.mjs` checks by.
//!
//! A .vsix is a zip with the extension under `extension/`, a manifest for the gallery and a list of content types. It is
//! written here, and not by the gallery's own tool, because that one needs a newer Node than the editor itself and downloads
//! a signing program when it is installed.

/** Path in the repository's `editors/vscode`, by path in the package. */
export const FILES = {
    "extension/package.json": "package.json",
    "extension/readme.md": "README.md",
    "extension/changelog.md": "CHANGELOG.md",
    "extension/LICENSE.txt": "../../LICENSE",
    "extension/dist/extension.js": "dist/extension.js",
    "extension/dist/THIRD_PARTY_LICENCES.txt": "dist/THIRD_PARTY_LICENCES.txt",
    "extension/dist/preview.js": "dist/preview.js",
    "extension/dist/lineage.js": "dist/lineage.js",
    "extension/dist/grammars/jinja.tmLanguage.json": "dist/grammars/jinja.tmLanguage.json",
    "extension/dist/grammars/sql.injection.tmLanguage.json": "dist/grammars/sql.injection.tmLanguage.json",
    "extension/dist/grammars/sql_strings.injection.tmLanguage.json":
        "dist/grammars/sql_strings.injection.tmLanguage.json",
    "extension/dist/grammars/yaml.injection.tmLanguage.json": "dist/grammars/yaml.injection.tmLanguage.json",
    "extension/dist/grammars/markdown.injection.tmLanguage.json":
        "dist/grammars/markdown.injection.tmLanguage.json",
    "extension/media/preview.css": "media/preview.css",
    "extension/media/lineage.css": "media/lineage.css",
};

export const MANIFEST = "extension.vsixmanifest";
export const CONTENT_TYPES = "[Content_Types].xml";

/** @param {{name: string, version: string}} extension */
export function fileName(extension) {
    return `build/${extension.name}-${extension.version}.vsix`;
}

/** @param {Record<string, any>} extension its package.json */
export function manifest(extension) {
    const { name, version, publisher, displayName, description, categories, keywords, engines } = extension;
    return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${xml(name)}" Version="${xml(version)}" Publisher="${xml(publisher)}" />
    <DisplayName>${xml(displayName)}</DisplayName>
    <Description xml:space="preserve">${xml(description)}</Description>
    <Tags>${xml(keywords.join(","))}</Tags>
    <Categories>${xml(categories.join(","))}</Categories>
    <GalleryFlags>Public</GalleryFlags>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="${xml(engines.vscode)}" />
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="workspace" />
    </Properties>
    <License>extension/LICENSE.txt</License>
  </Metadata>
  <Installation>
    <InstallationTarget Id="Microsoft.VisualStudio.Code" />
  </Installation>
  <Dependencies />
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true" />
    <Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/readme.md" Addressable="true" />
    <Asset Type="Microsoft.VisualStudio.Services.Content.Changelog" Path="extension/changelog.md" Addressable="true" />
    <Asset Type="Microsoft.VisualStudio.Services.Content.License" Path="extension/LICENSE.txt" Addressable="true" />
  </Assets>
</PackageManifest>
`;
}

export function contentTypes() {
    const types = {
        css: "text/css",
        js: "application/javascript",
        json: "application/json",
        md: "text/markdown",
        txt: "text/plain",
        vsixmanifest: "text/xml",
    };
    const defaults = Object.entries(types).map(
        ([extension, type]) => `  <Default Extension=".${extension}" ContentType="${type}" />\n`,
    );
    return `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
${defaults.join("")}</Types>
`;
}

/** @param {string} text */
function xml(text) {
    return text
        .replaceAll("&", "&amp;")
        .replaceAll('"', "&quot;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;");
}
