; Which name means which. A macro, a test and the body of a call have names of their own, and so has a loop.

[
  (template)
  (macro_block)
  (test_block)
  (materialization_block)
  (call_block)
  (for_block)
  (with_block)
] @local.scope

(macro_block (start_tag name: (identifier) @local.definition.function
  (#set! definition.function.scope "parent")))
(test_block (start_tag name: (identifier) @local.definition.function
  (#set! definition.function.scope "parent")))
(materialization_block (start_tag name: (identifier) @local.definition.function
  (#set! definition.function.scope "parent")))

(parameters (identifier) @local.definition.parameter)
(default_parameter name: (identifier) @local.definition.parameter)

(for_block (start_tag target: (identifier) @local.definition.var))
(for_block (start_tag target: (tuple (identifier) @local.definition.var)))
(with_block (start_tag (keyword_argument name: (identifier) @local.definition.var)))

(set_statement target: (identifier) @local.definition.var)
(set_statement target: (tuple (identifier) @local.definition.var))
(set_block (start_tag target: (identifier) @local.definition.var))

; Members and names of arguments are references to nothing here, which costs nothing: there is no definition for them.
(identifier) @local.reference
