--- Tests of what needs no server: tables, arguments, completion, finding binaries and projects.

local harness = require('harness')
local test, equal, contains = harness.test, harness.equal, harness.contains

local binary = require('dagsmith.binary')
local commands = require('dagsmith.commands')
local compiled = require('dagsmith.compiled')
local lineage = require('dagsmith.lineage')
local options = require('dagsmith.options')
local project = require('dagsmith.project')
local results = require('dagsmith.results')

test('aligns a table by display width, numbers to the right', function()
  equal({
    'name     n',
    '────  ────',
    'Zoë      1',
    '日本    22',
    'x     NULL',
  }, results.table_lines({ 'name', 'n' }, { { 'Zoë', 1 }, { '日本', 22 }, { 'x', vim.NIL } }))
end)

test('an empty table keeps its header', function()
  equal({ 'a  b', '─  ─' }, results.table_lines({ 'a', 'b' }, {}))
end)

test('shows numbers in full', function()
  equal('1000000000000000', results.cell(1e15))
  equal('0.1', results.cell(0.1))
  equal('-3', results.cell(-3))
  equal('1234567.8901234', results.cell(1234567.8901234))
end)

test('shows null, booleans, nested values and line breaks in one line', function()
  equal('NULL', results.cell(vim.NIL))
  equal('true', results.cell(true))
  equal('[1,2]', results.cell({ 1, 2 }))
  equal('a⏎b', results.cell('a\nb'))
end)

test('cuts long cells', function()
  local lines = results.table_lines({ 'text' }, { { ('x'):rep(100) } })
  equal(('x'):rep(59) .. '…', lines[3])
end)

test('gives the messages of a run in full after the table', function()
  local lines = results.run_lines('run orders', {
    summary = '1 error in 0.1 s',
    results = { { uniqueId = 'model.shop.orders', status = 'error', message = 'first\n  second', executionTime = 0.1 } },
  })
  equal({
    'run orders: 1 error in 0.1 s',
    '',
    'status  node               time   message',
    '──────  ─────────────────  ─────  ───────',
    'error   model.shop.orders  0.10s  first',
    '',
    'model.shop.orders:',
    '  first',
    '    second',
  }, lines)
end)

test('says how many rows a preview has, and whether there are more', function()
  local lines = results.preview_lines('preview orders', {
    columns = { { name = 'id', type = 'BIGINT' } },
    rows = { { 1 } },
    truncated = true,
    elapsedMs = 3,
  })
  equal('preview orders: the first 1 row in 3 ms', lines[1])
end)

test('puts the errors above the compiled text', function()
  local range = { start = { line = 4, character = 0 }, ['end'] = { line = 4, character = 1 } }
  equal(
    { '-- error in line 5: no such model, really', 'select 1', 'from x' },
    compiled.lines({ text = 'select 1\nfrom x\n', errors = { { range = range, message = 'no such model,\nreally' } } })
  )
end)

test('reads selectors and flags', function()
  local bufnr = vim.api.nvim_get_current_buf()
  local argument = commands.parse({ 'orders+', '--full-refresh', 'tag:nightly', '--limit', '20' }, bufnr)
  equal({ selector = 'orders+ tag:nightly', fullRefresh = true, limit = 20, uri = vim.uri_from_bufnr(bufnr) }, argument)
end)

test('refuses unknown flags and limits that are no numbers', function()
  local _, problem = commands.parse({ '--full' }, 0)
  equal('unknown flag `--full`', problem)
  _, problem = commands.parse({ '--limit', 'many' }, 0)
  equal('--limit needs a number', problem)
end)

test('completes subcommands and their flags', function()
  equal({ 'cancel', 'catalog', 'column', 'compile', 'compiled' }, vim.fn.getcompletion('Dagsmith c', 'cmdline'))
  equal({ 'defer', 'diff' }, vim.fn.getcompletion('Dagsmith d', 'cmdline'))
  equal({ '--full-refresh' }, vim.fn.getcompletion('Dagsmith run --', 'cmdline'))
  equal({}, vim.fn.getcompletion('Dagsmith run --full-refresh --', 'cmdline'))
end)

test('rows that differ say which side has them', function()
  local diff = {
    columns = { 'id', 'kind' },
    addedColumns = { 'came' },
    removedColumns = {},
    retypedColumns = { { name = 'kind', before = 'INTEGER', after = 'VARCHAR' } },
    before = 3,
    after = 4,
    added = 2,
    removed = 1,
    rows = { { change = 'removed', values = { 1, 'a' } }, { change = 'added', values = { 1, vim.NIL } } },
  }
  equal({
    'diff orders: 2 rows added, 1 removed (3 before, 4 after)',
    'columns added: came',
    'kind: INTEGER → VARCHAR',
    '',
    '   id  kind',
    '─  ──  ────',
    '-   1  a',
    '+   1  NULL',
  }, require('dagsmith.results').diff_lines('diff orders', diff))
end)

test('says when a subcommand is unknown', function()
  vim.cmd('Dagsmith fly')
  equal({ 'dagsmith: unknown command `fly`' }, harness.notifications)
end)

test('finds the outermost project of a file, none outside', function()
  local folder = harness.folder({
    ['shop/dbt_project.yml'] = '',
    ['shop/dbt_packages/money/dbt_project.yml'] = '',
    ['notes.md'] = '',
  })
  equal(folder .. '/shop', project.root(folder .. '/shop/models/a.sql'))
  equal(folder .. '/shop', project.root(folder .. '/shop/dbt_packages/money/macros/m.sql'))
  equal(nil, project.root(folder .. '/notes.md'))
  equal(nil, project.root('fugitive://' .. folder .. '/shop/.git//0/models/a.sql'))
  equal(nil, project.root(''))
end)

test('takes the configured binary, and no other when that is missing', function()
  local folder = harness.folder({ ['bin/dagsmith'] = '#!/bin/sh' })
  options.set({ path = folder .. '/bin/dagsmith' })
  equal(nil, binary.find())
  contains(binary.missing_message(), 'not an executable file')
  assert(vim.uv.fs_chmod(folder .. '/bin/dagsmith', 493))
  equal(folder .. '/bin/dagsmith', binary.find())
  options.set({})
end)

test('looks on PATH before the folders of installers', function()
  local folder = harness.folder({ ['path/dagsmith'] = '#!/bin/sh', ['cargo/bin/dagsmith'] = '#!/bin/sh' })
  assert(vim.uv.fs_chmod(folder .. '/path/dagsmith', 493))
  assert(vim.uv.fs_chmod(folder .. '/cargo/bin/dagsmith', 493))
  local path, cargo = vim.env.PATH, vim.env.CARGO_HOME
  vim.env.CARGO_HOME = folder .. '/cargo'
  vim.env.PATH = folder .. '/path'
  equal(folder .. '/path/dagsmith', binary.find())
  vim.env.PATH = folder .. '/empty'
  equal(folder .. '/cargo/bin/dagsmith', binary.find())
  vim.env.PATH, vim.env.CARGO_HOME = path, cargo
end)

test('the lineage of nodes is a tree that ends at cycles and at the steps that were asked for', function()
  local function node(name, parents, children)
    return { uniqueId = name, name = name, resourceType = 'model', materialized = vim.NIL, parents = parents, children = children }
  end
  local nodes = { node('a', { 'b' }, {}), node('b', { 'c', 'a' }, { 'a' }), node('c', { 'd' }, { 'b' }) }
  local lines = vim.tbl_map(function(line)
    return line.text
  end, lineage.node_lines({ focus = 'a', nodes = nodes }, 2))
  equal({
    'a  (model)',
    '',
    'upstream',
    '  b  (model)',
    '    c  (model) …',
    '    a  (model) …',
    '',
    'nothing downstream',
  }, lines)
end)

test('the lineage of a column says how it is made, and what is not certain', function()
  local function column(node, name, extra)
    return vim.tbl_extend('force', { uniqueId = node, name = name, location = vim.NIL }, extra or {})
  end
  local from = column('source.shop.raw.orders', 'Cents', { confidence = 'likely' })
  local to = column('model.shop.orders', 'amount', { dataType = 'DOUBLE', confidence = 'certain' })
  local edge = { from = { uniqueId = from.uniqueId, name = 'cents' }, to = to, kind = 'transformed' }
  local lines = lineage.column_lines({ focus = to, columns = { from, to }, edges = { edge } }, 9)
  equal('orders.amount  (DOUBLE)', lines[1].text)
  equal('  raw.orders.Cents  (transformed, a guess)', lines[4].text)
  equal('nothing downstream', lines[6].text)
end)

test('a place in the compiled text leads to its source', function()
  local function at(line, character)
    return { line = line, character = character }
  end
  local result = {
    errors = { {} },
    pieces = {
      { compiled = { start = at(0, 0), ['end'] = at(1, 2) }, source = { start = at(1, 4), ['end'] = at(2, 2) }, literal = true },
      { compiled = { start = at(1, 2), ['end'] = at(1, 9) }, source = { start = at(2, 2), ['end'] = at(2, 30) }, literal = false },
    },
  }
  equal(at(1, 7), compiled.source_of(result, 1, 3).start)
  equal(at(2, 1), compiled.source_of(result, 2, 1).start)
  equal(at(2, 30), compiled.source_of(result, 2, 5)['end'])
  equal(nil, compiled.source_of(result, 0, 0))
end)

harness.run()
