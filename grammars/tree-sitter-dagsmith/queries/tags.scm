; What a file defines and what it calls, for `tree-sitter tags` and lists of symbols.

(macro_block (start_tag name: (identifier) @name)) @definition.function
(test_block (start_tag name: (identifier) @name)) @definition.function
(materialization_block (start_tag name: (identifier) @name)) @definition.function
(snapshot_block (start_tag name: (identifier) @name)) @definition.class
(docs_block (start_tag name: (identifier) @name)) @definition.constant

(call function: (identifier) @name) @reference.call
(call function: (attribute name: (identifier) @name)) @reference.call
