; What is between the tags. All pieces of a template are one text: a CTE that begins before a tag goes on behind it.

((content) @injection.content
  (#set! injection.language "sql")
  (#set! injection.combined))

((raw_content) @injection.content
  (#set! injection.language "sql")
  (#set! injection.combined))

(docs_block
  (markdown) @injection.content
  (#set! injection.language "markdown")
  (#set! injection.combined))

; Hooks and the like hold templates of their own: `post_hook="grant select on {{ this }} to reporter"`.
((string_content) @injection.content
  (#match? @injection.content "\\{[{%]")
  (#set! injection.language "dagsmith"))

((comment) @injection.content
  (#set! injection.language "comment"))
