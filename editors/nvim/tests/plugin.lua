--- Tests of the whole plugin against `fake_server.lua`: attaching, commands, lenses, the compiled view, restart, health.

local harness = require('harness')
local test, equal, contains, wait = harness.test, harness.equal, harness.contains, harness.wait

local options = require('dagsmith.options')

--- A script that starts the fake server, as the option `path` wants it.
local function fake_binary()
  local server = vim.fs.joinpath(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2)), 'fake_server.lua')
  local folder = harness.folder({
    dagsmith = table.concat({
      '#!/bin/sh',
      '[ "$1" = --version ] && { echo dagsmith 0.0.0-fake; exit; }',
      ('exec "%s" --clean -l "%s"'):format(vim.v.progpath, server),
    }, '\n'),
  })
  local path = folder .. '/dagsmith'
  assert(vim.uv.fs_chmod(path, 493))
  return path
end

local path = fake_binary()

local function attached(bufnr)
  return vim.lsp.get_clients({ name = 'dagsmith', bufnr = bufnr })[1]
end

--- Opens a model of a new project and waits for its server.
---@param text string
---@return integer bufnr
local function open_model(text)
  options.set({ path = path, delay = 10 })
  local folder = harness.folder({ ['dbt_project.yml'] = 'name: shop', ['models/orders.sql'] = text })
  vim.cmd.edit(folder .. '/models/orders.sql')
  local bufnr = vim.api.nvim_get_current_buf()
  wait('the server', function()
    local client = attached(bufnr)
    return client and client.initialized
  end)
  return bufnr
end

local function view_text()
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.startswith(vim.api.nvim_buf_get_name(bufnr), 'dagsmith-compiled://') and vim.fn.bufwinid(bufnr) ~= -1 then
      return harness.text(bufnr)
    end
  end
end

test('leaves SQL outside of projects alone', function()
  options.set({ path = path })
  local folder = harness.folder({ ['query.sql'] = 'select 1' })
  vim.cmd.edit(folder .. '/query.sql')
  local outside = vim.api.nvim_get_current_buf()
  -- A model that is opened later has its server; by then the other file would have had one too.
  open_model('select 1')
  equal(nil, attached(outside))
end)

test('says what to do when the binary is missing', function()
  options.set({ path = '/nowhere/dagsmith' })
  local folder = harness.folder({ ['dbt_project.yml'] = 'name: shop', ['models/orders.sql'] = 'select 1' })
  vim.cmd.edit(folder .. '/models/orders.sql')
  equal({ 'dagsmith: `/nowhere/dagsmith` (option `path`) is not an executable file' }, harness.notifications)
end)

test('shows the results of a run, and q closes them', function()
  open_model('select 1')
  vim.cmd('Dagsmith run orders+')
  local text = wait('results', harness.results)
  contains(text, 'run orders+: 1 ok, 1 error in 0.3 s')
  contains(text, 'error    model.shop.orders+')
  contains(text, '  LINE 1: select x')
  equal('sql', vim.bo.filetype)
  vim.cmd.wincmd('j')
  vim.api.nvim_feedkeys('q', 'x', false)
  equal(nil, harness.results())
end)

test('hands flags on', function()
  open_model('select 1')
  vim.cmd('Dagsmith run --full-refresh')
  contains(wait('results', harness.results), 'full refresh')
end)

test('previews rows as a table', function()
  open_model('select 1')
  vim.cmd('Dagsmith preview --limit 12')
  equal(
    table.concat({
      'preview orders: the first 2 rows in 4 ms',
      '',
      'id  name',
      '──  ────',
      '12  Zoë',
      ' 7  NULL',
    }, '\n'),
    wait('results', harness.results)
  )
end)

test('shows compiled text as SQL', function()
  open_model('select 1')
  vim.cmd('Dagsmith compile')
  contains(wait('results', harness.results), 'compiled: select 1')
end)

test('says why the server refuses', function()
  vim.lsp.config('dagsmith', { settings = { dagsmith = { trusted = false } } })
  open_model('select 1')
  vim.cmd('Dagsmith test')
  wait('the refusal', function()
    return harness.notifications[1]
  end)
  equal({ 'dagsmith: test orders: the workspace is not trusted' }, harness.notifications)
  vim.lsp.config('dagsmith', { settings = { dagsmith = { trusted = true } } })
end)

test('cancels what is running', function()
  open_model('select 1')
  vim.cmd('Dagsmith build')
  vim.cmd('Dagsmith cancel')
  equal('build orders: cancelled', wait('the results so far', harness.results))
  vim.cmd('Dagsmith cancel')
  equal({ 'dagsmith: cancelled build orders', 'dagsmith: nothing is running' }, harness.notifications)
end)

test('keeps the lenses fresh, and runs them', function()
  local bufnr = open_model('select 1')
  local function title()
    local lens = vim.lsp.codelens.get(bufnr)[1]
    return lens and lens.command.title
  end
  wait('a lens', function()
    return title() == 'run (1 lines)'
  end)
  vim.api.nvim_buf_set_lines(bufnr, 0, 0, false, { '-- new' })
  vim.cmd.doautocmd('TextChanged')
  wait('the lens to follow the edit', function()
    return title() == 'run (2 lines)'
  end)
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  vim.lsp.codelens.run()
  contains(wait('results', harness.results), 'run orders: 1 ok')
end)

test('the compiled view follows the edits', function()
  local bufnr = open_model('select 1')
  vim.cmd('Dagsmith compiled')
  wait('the view', function()
    return view_text() == 'compiled: select 1'
  end)
  equal(bufnr, vim.api.nvim_get_current_buf())
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, { 'select {{ 2' })
  wait('the error', function()
    return view_text() == '-- error in line 1: expression is not closed'
  end)
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, { 'select {{ 2 }}' })
  wait('the new text', function()
    return view_text() == 'compiled: select {{ 2 }}'
  end)
end)

test('the compiled view drops answers that come late', function()
  local bufnr = open_model('select slow')
  vim.cmd('Dagsmith compiled')
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, { 'select quick' })
  vim.cmd('Dagsmith compiled')
  wait('the newer text', function()
    return view_text() == 'compiled: select quick'
  end)
  -- The server sends the late answer right after the newer one: it is here before the answer to a later request is.
  local client = attached(bufnr)
  equal('0.0.0-fake', client:request_sync('dagsmith/status', nil, 5000).result.version)
  equal('compiled: select quick', view_text())
end)

test('closing the source closes its compiled view', function()
  local bufnr = open_model('select 1')
  vim.cmd('Dagsmith compiled')
  wait('the view', view_text)
  vim.api.nvim_buf_delete(bufnr, { force = true })
  wait('the view to go', function()
    return view_text() == nil
  end)
end)

test('restarts the server and serves the same buffer', function()
  local bufnr = open_model('select 1')
  local before = attached(bufnr).id
  vim.cmd('Dagsmith restart')
  wait('a new server', function()
    local client = attached(bufnr)
    return client and client.initialized and client.id ~= before
  end)
  vim.cmd('Dagsmith run')
  contains(wait('results', harness.results), '1 ok')
end)

test('tells the status', function()
  open_model('select 1')
  vim.cmd('Dagsmith status')
  wait('the status', function()
    return harness.notifications[1]
  end)
  equal({ 'dagsmith 0.0.0-fake\nshop: ready, target dev, 3 models (/shop)' }, harness.notifications)
end)

test('the statusline shows the project of the file', function()
  local bufnr = open_model('select 1')
  local root = vim.fs.root(bufnr, 'dbt_project.yml')
  require('dagsmith.status').remember({
    version = '',
    projects = {
      { root = vim.uri_from_fname(root), name = 'shop', target = 'prod', models = 1, state = 'loading' },
      { root = 'file:///elsewhere', name = 'other', target = vim.NIL, models = 1, state = 'ready' },
    },
  })
  equal('shop › prod (loading)', require('dagsmith').statusline())
end)

test('checkhealth reports the binary, the server and the files', function()
  open_model('select 1')
  vim.cmd('checkhealth dagsmith')
  local report = harness.text(0)
  contains(report, 'dagsmith 0.0.0-fake (' .. path .. ')')
  contains(report, 'shop: ready, target dev, 3 models')
  contains(report, 'models/orders.sql')
  equal(nil, report:find('ERROR'))
end)

harness.run()
