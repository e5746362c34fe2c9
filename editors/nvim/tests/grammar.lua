--- Tests of the tree-sitter grammar in Neovim: installing it, its colours, its queries. Needs a C compiler.

local harness = require('harness')
local test, equal, contains, wait = harness.test, harness.equal, harness.contains, harness.wait

local grammar = require('dagsmith.grammar')
local options = require('dagsmith.options')

-- Colours need no server.
vim.lsp.enable('dagsmith', false)

-- `--clean` leaves it out.
vim.opt.runtimepath:append(vim.fs.joinpath(vim.fn.stdpath('data'), 'site'))

--- Opens a model of a new project.
---@param text string
---@return integer bufnr
local function open_model(text)
  local folder = harness.folder({ ['dbt_project.yml'] = 'name: shop', ['models/orders.sql'] = text })
  vim.cmd.edit(folder .. '/models/orders.sql')
  return vim.api.nvim_get_current_buf()
end

---@param bufnr integer
---@return boolean
local function is_coloured(bufnr)
  return vim.treesitter.highlighter.active[bufnr] ~= nil
end

--- What the queries call the first occurrence of a word, the strongest name last.
---@param bufnr integer
---@param word string
---@return string[]
local function captures(bufnr, word)
  vim.treesitter.get_parser(bufnr, 'dagsmith'):parse(true)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)) do
    local column = line:find(word, 1, true)
    if column then
      return vim.tbl_map(function(it)
        return it.lang .. ':' .. it.capture
      end, vim.treesitter.get_captures_at_pos(bufnr, row - 1, column - 1))
    end
  end
  error('no ' .. word)
end

local function install()
  local answer
  grammar.install(function(problem)
    answer = problem or 'installed'
  end)
  return wait('the grammar', function()
    return answer
  end)
end

test('without the grammar a file keeps its colours', function()
  local bufnr = open_model('select {{ a }}')
  equal(false, is_coloured(bufnr))
  equal('sql', vim.bo[bufnr].syntax)
  equal(nil, grammar.parser())
end)

test('says what is missing', function()
  options.set({ grammar = '/nowhere' })
  contains(install(), 'no grammar in /nowhere')
  options.set({})
  local path = vim.env.PATH
  vim.env.PATH = ''
  local ok, said = pcall(install)
  vim.env.PATH = path
  equal(true, ok)
  contains(said, 'needs a C compiler')
end)

test('installs the grammar, and open files get its colours', function()
  local bufnr = open_model('select 1')
  vim.cmd('Dagsmith grammar')
  wait('word of it', function()
    return harness.notifications[1]
  end)
  equal({ 'dagsmith: the grammar is installed' }, harness.notifications)
  contains(assert(grammar.parser()), 'site/parser/dagsmith.so')
  equal(false, grammar.outdated())
  equal(true, is_coloured(bufnr))
end)

test('colours tags, and leaves SQL to the syntax file where there is no parser for it', function()
  local bufnr = open_model("select {{ ref('orders') }}, id -- {# a note #}\nfrom {{ this.schema }}")
  equal(true, is_coloured(bufnr))
  local of_ref = captures(bufnr, 'ref')
  equal('dagsmith:function.builtin', of_ref[#of_ref])
  contains(table.concat(captures(bufnr, "'orders'"), ' '), 'dagsmith:string')
  contains(table.concat(captures(bufnr, 'this'), ' '), 'dagsmith:variable.builtin')
  contains(table.concat(captures(bufnr, 'note'), ' '), 'dagsmith:comment')
  equal({}, captures(bufnr, 'select'))
  equal('sqlKeyword', vim.fn.synIDattr(vim.fn.synID(1, 1, 1), 'name'):gsub('Statement', 'Keyword'))
end)

test('a tag that is being written leaves the rest its colours', function()
  local bufnr = open_model("with a as (\n    select * from {{ ref(\n),\nb as (select * from {{ source('b', 'c') }})")
  local of_source = captures(bufnr, 'source')
  equal('dagsmith:function.builtin', of_source[#of_source])
end)

test('docs blocks are Markdown', function()
  local bufnr = open_model('{% docs orders %}\n# Orders\n{% enddocs %}')
  contains(table.concat(captures(bufnr, 'Orders'), ' '), 'markdown:markup.heading.1')
end)

test('hooks are templates', function()
  local bufnr = open_model('{{ config(post_hook="grant select on {{ this }} to x") }}')
  contains(table.concat(captures(bufnr, 'this'), ' '), 'dagsmith:variable.builtin')
end)

test('every query fits the grammar', function()
  for _, name in ipairs({ 'highlights', 'injections', 'folds', 'indents', 'locals' }) do
    equal(true, vim.treesitter.query.get('dagsmith', name) ~= nil)
  end
end)

test('SQL outside of projects is left alone', function()
  vim.cmd.edit(harness.folder({ ['query.sql'] = 'select {{ a }}' }) .. '/query.sql')
  equal(false, is_coloured(vim.api.nvim_get_current_buf()))
end)

test('colours can be turned off', function()
  vim.g.dagsmith = { colours = false }
  local bufnr = open_model('select 1')
  vim.g.dagsmith = nil
  equal(false, is_coloured(bufnr))
end)

test('checkhealth reports the grammar, and when it has become old', function()
  vim.cmd('checkhealth dagsmith')
  contains(harness.text(0), 'OK ' .. grammar.parser())
  vim.cmd.bwipeout()
  assert(vim.uv.fs_utime(grammar.parser(), 1, 1))
  vim.cmd('checkhealth dagsmith')
  contains(harness.text(0), 'is older than ' .. grammar.source())
end)

harness.run()
