; Where a new line begins, for nvim-treesitter's indentation.

[
  (if_block)
  (for_block)
  (set_block)
  (macro_block)
  (test_block)
  (snapshot_block)
  (materialization_block)
  (call_block)
  (filter_block)
  (with_block)
  (output)
  (arguments)
  (parameters)
  (list)
  (dict)
  (tuple)
] @indent.begin

[
  (branch_tag)
  (end_tag)
  "}}"
  ")" "]" "}"
] @indent.branch

; Markdown and raw text are laid out by those who write them.
[
  (docs_block)
  (raw_content)
  (comment)
] @indent.ignore
