--- Tests of the plugin against the real server, on a copy of the shop (testdata/projects/shop) and its embedded DuckDB.
---
--- `run.sh DAGSMITH_BINARY` runs them. They ask what a user of the editor sees: the corners of each feature have tests elsewhere.

local harness = require('harness')
local test, equal, contains, wait = harness.test, harness.equal, harness.contains, harness.wait

local options = require('dagsmith.options')

local here = vim.fs.dirname(vim.fs.abspath(debug.getinfo(1, 'S').source:sub(2)))
local shop = vim.fs.joinpath(here, '../../../testdata/projects/shop')
local binary = vim.fs.abspath(vim.env.DAGSMITH_TEST_BINARY)

options.set({ path = binary, delay = 10 })

---@param command string[]
---@param folder? string
local function execute(command, folder)
  local result = vim.system(command, { text = true, cwd = folder }):wait()
  assert(result.code == 0, table.concat(command, ' ') .. ':\n' .. result.stdout .. result.stderr)
end

--- A project with its packages installed and its database not yet there.
local project = vim.fs.joinpath(harness.folder({ ['.keep'] = '' }), 'shop')
execute({ 'cp', '-R', shop, project })
execute({ binary, 'deps' }, project)

---@return vim.lsp.Client?
local function client_of(bufnr)
  return vim.lsp.get_clients({ name = 'dagsmith', bufnr = bufnr })[1]
end

--- Opens a file of the project and waits until the server knows the project.
---@param path string
---@return integer bufnr
---@return vim.lsp.Client
local function open(path)
  vim.cmd.edit(vim.fs.joinpath(project, path))
  local bufnr = vim.api.nvim_get_current_buf()
  local client = wait('the server', function()
    local client = client_of(bufnr)
    return client and client.initialized and client
  end)
  wait('the project', function()
    local answer = client:request_sync('dagsmith/status', nil, 5000)
    local projects = answer and answer.result and answer.result.projects or {}
    return vim.iter(projects):any(function(it)
      return it.name == 'shop' and it.state == 'ready'
    end)
  end)
  return bufnr, client
end

--- Puts the cursor on the first place where `text` stands, `offset` bytes in.
---@param text string
---@param offset? integer
local function cursor_on(text, offset)
  for row, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local column = line:find(text, 1, true)
    if column then
      vim.api.nvim_win_set_cursor(0, { row, column - 1 + (offset or 0) })
      return
    end
  end
  error('no `' .. text .. '` in the buffer')
end

---@param bufnr integer
---@param text string
local function set_text(bufnr, text)
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, vim.split(text, '\n', { plain = true }))
end

--- The first diagnostic whose message has `part`.
local function diagnostic(bufnr, part)
  return vim.iter(vim.diagnostic.get(bufnr)):find(function(it)
    return it.message:find(part, 1, true)
  end)
end

---@param client vim.lsp.Client
---@param method string
---@return any result
local function ask(client, method)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  local answer = assert(client:request_sync(method, params, 10000, 0), method .. ' was not answered')
  assert(not answer.err, answer.err and answer.err.message)
  return answer.result
end

--- Runs `:Dagsmith …` and waits for a results window that shows `part`.
---@param command string
---@param part string
---@return string
local function dagsmith(command, part, range)
  vim.cmd((range or '') .. 'Dagsmith ' .. command)
  return wait(('`%s` in the results of `%s`'):format(part, command), function()
    local text = harness.results()
    return text and text:find(part, 1, true) and text
  end)
end

test('the server knows the project', function()
  open('models/staging/reference/stg_countries.sql')
  vim.cmd('Dagsmith status')
  local said = wait('the status', function()
    return harness.notifications[1]
  end)
  contains(said, 'shop: ready, target dev')
end)

test('a clean model has no diagnostics; an unknown ref is one, and goes with the next edit', function()
  local bufnr = open('models/staging/reference/stg_countries.sql')
  local before = harness.text(bufnr)
  set_text(bufnr, "select 1 as one\nfrom {{ ref('countriez') }}")
  local found = wait('the diagnostic', function()
    return diagnostic(bufnr, 'countriez')
  end)
  equal('dagsmith', found.source)
  equal(vim.diagnostic.severity.ERROR, found.severity)
  equal(1, found.lnum)
  contains(found.message, 'countries')
  set_text(bufnr, before)
  wait('the diagnostic to go', function()
    return #vim.diagnostic.get(bufnr) == 0
  end)
end)

test('completes the names of models and seeds inside of ref', function()
  local bufnr, client = open('models/staging/reference/stg_countries.sql')
  set_text(bufnr, "select 1 as one\nfrom {{ ref('') }}")
  cursor_on("''", 1)
  local result = ask(client, 'textDocument/completion')
  local labels = vim.tbl_map(function(item)
    return item.label
  end, result.items or result)
  assert(vim.list_contains(labels, 'stg_orders'), 'stg_orders is not among ' .. #labels .. ' items')
  assert(vim.list_contains(labels, 'countries'), 'countries is not among ' .. #labels .. ' items')
end)

test('hover on a ref describes the model', function()
  local _, client = open('models/marts/core/dim_products.sql')
  cursor_on('stg_products')
  local contents = ask(client, 'textDocument/hover').contents
  contains(contents.value or vim.inspect(contents), 'stg_products')
end)

test('goes from a ref to its model, and from a macro call to the macro', function()
  open('models/marts/core/dim_products.sql')
  cursor_on('stg_products')
  vim.lsp.buf.definition()
  wait('the model', function()
    return vim.endswith(vim.api.nvim_buf_get_name(0), '/models/staging/shop/stg_products.sql')
  end)
  open('models/marts/core/dim_products.sql')
  cursor_on('ratio(')
  vim.lsp.buf.definition()
  wait('the macro', function()
    return vim.endswith(vim.api.nvim_buf_get_name(0), '/macros/money.sql')
  end)
  contains(vim.api.nvim_get_current_line(), 'macro ratio')
end)

test('goes to a built-in macro', function()
  open('models/staging/warehouse/stg_shipments.sql')
  cursor_on('dbt.datediff(', 5)
  vim.lsp.buf.definition()
  wait('the macro', function()
    return vim.api.nvim_get_current_line():find('macro datediff', 1, true)
  end)
  equal(nil, client_of(vim.api.nvim_get_current_buf()))
end)

test('finds the references of a model', function()
  open('models/marts/core/dim_products.sql')
  cursor_on('stg_categories')
  local found
  vim.lsp.buf.references(nil, {
    on_list = function(list)
      found = list.items
    end,
  })
  wait('the references', function()
    return found
  end)
  local files = vim.tbl_map(function(item)
    return vim.fs.basename(item.filename)
  end, found)
  assert(vim.list_contains(files, 'dim_products.sql'), vim.inspect(files))
end)

test('the compiled view shows SQL and follows the edits', function()
  local bufnr = open('models/staging/shop/stg_orders.sql')
  vim.cmd('Dagsmith compiled')
  local view = vim.fn.bufnr('dagsmith-compiled://' .. vim.api.nvim_buf_get_name(bufnr))
  wait('the compiled SQL', function()
    return harness.text(view):find('cast(shipping_cents / 100.0 as decimal(18, 2)) as shipping_amount', 1, true)
  end)
  equal(nil, harness.text(view):find('{{', 1, true))
  vim.api.nvim_buf_set_lines(bufnr, 0, 0, false, { '-- {{ 20 + 22 }}' })
  wait('the edit', function()
    return vim.startswith(harness.text(view), '-- 42')
  end)
end)

test('the compiled view marks what a macro wrote wrong, and leads back to the call', function()
  local bufnr = open('models/intermediate/orders/int_order_totals.sql')
  local before = harness.text(bufnr)
  set_text(bufnr, before .. ", {{ cents_to_amount('no_such') }}")
  vim.cmd('Dagsmith compiled')
  local view = vim.fn.bufnr('dagsmith-compiled://' .. vim.api.nvim_buf_get_name(bufnr))
  local found = wait('the diagnostic', function()
    return diagnostic(view, 'no_such')
  end)
  local line = vim.api.nvim_buf_get_lines(view, found.lnum, found.lnum + 1, false)[1]
  equal('no_such', line:sub(found.col + 1, found.end_col))
  vim.api.nvim_set_current_win(vim.fn.bufwinid(view))
  vim.api.nvim_win_set_cursor(0, { found.lnum + 1, found.col })
  vim.api.nvim_feedkeys(vim.keycode('<CR>'), 'x', false)
  equal(bufnr, vim.api.nvim_get_current_buf())
  local column = vim.api.nvim_win_get_cursor(0)[2]
  assert(vim.startswith(vim.api.nvim_get_current_line():sub(column + 1), '{{ cents_to_amount'))
  set_text(bufnr, before)
end)

test('lineage is a tree, and a call hierarchy', function()
  local _, client = open('models/intermediate/orders/int_order_totals.sql')
  local text = dagsmith('lineage 2', 'int_order_totals')
  contains(text, '\nupstream\n  int_order_items_priced  (model, ephemeral)\n    ')
  contains(text, '\ndownstream\n')
  contains(text, '  fct_orders  (model, incremental)')
  vim.api.nvim_set_current_win(vim.fn.bufwinid(vim.fn.bufnr('^dagsmith://results$')))
  cursor_on('int_order_items_priced')
  vim.api.nvim_feedkeys(vim.keycode('<CR>'), 'x', false)
  wait('the model', function()
    return vim.endswith(vim.api.nvim_buf_get_name(0), '/int_order_items_priced.sql')
  end)

  open('models/intermediate/orders/int_order_totals.sql')
  local items = ask(client, 'textDocument/prepareCallHierarchy')
  equal('int_order_totals', items[1].name)
  vim.lsp.buf.incoming_calls()
  local list = wait('the readers', function()
    local found = vim.fn.getqflist({ items = 0, title = 0 })
    return #found.items > 0 and found.title == 'LSP call hierarchy' and found.items
  end)
  assert(vim.iter(list):any(function(item)
    return item.text == 'fct_orders'
  end), vim.inspect(list))
  vim.cmd.cclose()
end)

test('the lineage of a column leads to the expressions that make it', function()
  open('models/intermediate/orders/int_order_totals.sql')
  cursor_on('goods_amount')
  local text = dagsmith('column', 'int_order_totals.goods_amount')
  assert(text:find('\n  int_order_items_priced%.line_amount  %(.*aggregated%)'), text)
  contains(text, '  fct_orders.goods_amount  (')
  vim.api.nvim_set_current_win(vim.fn.bufwinid(vim.fn.bufnr('^dagsmith://results$')))
  cursor_on('int_order_items_priced.line_amount')
  vim.api.nvim_feedkeys(vim.keycode('<CR>'), 'x', false)
  wait('the model', function()
    return vim.endswith(vim.api.nvim_buf_get_name(0), '/int_order_items_priced.sql')
  end)
  contains(vim.api.nvim_get_current_line(), 'line_amount')
end)

test('models, sources, macros and tests can be picked from', function()
  local select = vim.ui.select
  local shown
  vim.ui.select = function(items, options, on_choice)
    shown = vim.tbl_map(options.format_item, items)
    on_choice(items[1])
  end
  local function picks(command, file, line)
    open('models/staging/reference/stg_countries.sql')
    shown = nil
    vim.cmd('Dagsmith ' .. command)
    wait(file, function()
      return shown and vim.endswith(vim.api.nvim_buf_get_name(0), file)
    end)
    contains(vim.api.nvim_get_current_line(), line)
    return shown
  end
  local models = picks('models fct_orders', '/fct_orders.sql', '')
  assert(vim.startswith(models[1], 'fct_orders'), vim.inspect(models))
  equal('shop.orders', picks('sources shop.orders', '_sources.yml', 'orders')[1])
  contains(picks('macros cents_to_amount', '/money.sql', 'cents_to_amount')[1], 'cents_to_amount')
  contains(picks('tests sessions_end', '/unit_tests.yml', 'sessions_end')[1], '(unit test)')
  open('models/staging/reference/stg_countries.sql')
  vim.cmd('Dagsmith models no_such_model')
  wait('the refusal', function()
    return vim.list_contains(harness.notifications, 'dagsmith: no models with `no_such_model`')
  end)
  vim.ui.select = select
end)

test('builds a model and what it needs on DuckDB', function()
  open('models/staging/reference/stg_countries.sql')
  local text = dagsmith('build +stg_countries', 'model.shop.stg_countries')
  -- As in dbt, a relationship that points here is tested too, and its other end is not built: not every line is a success.
  assert(text:find('\nsuccess +seed%.shop%.countries'), text)
  assert(text:find('\nsuccess +model%.shop%.stg_countries'), text)
  assert(text:find('\npass +test%.shop%.unique_stg_countries_country_code'), text)
  assert(vim.uv.fs_stat(project .. '/shop.duckdb'), 'no database was written')
end)

test('runs the model of the buffer, without saying which', function()
  open('models/staging/reference/stg_countries.sql')
  local text = dagsmith('run', 'success  model.shop.stg_countries')
  contains(text, 'run stg_countries: ')
end)

test('runs the model at the cursor of a properties file', function()
  open('models/staging/reference/_reference.yml')
  cursor_on('name: stg_countries')
  dagsmith('run', 'success  model.shop.stg_countries')
end)

test('a lens runs the model', function()
  local bufnr = open('models/staging/reference/stg_countries.sql')
  local lens = wait('the lens', function()
    return vim.iter(vim.lsp.codelens.get(bufnr)):find(function(it)
      return it.command and it.command.command == 'dagsmith.run'
    end)
  end)
  local client = assert(client_of(bufnr))
  client:exec_cmd(lens.command, { bufnr = bufnr })
  wait('the results', function()
    local text = harness.results()
    return text and text:find('success  model.shop.stg_countries', 1, true)
  end)
end)

test('a lens shows the lineage of its model, wherever the cursor is', function()
  local bufnr = open('models/staging/reference/stg_countries.sql')
  local lens = wait('the lens', function()
    return vim.iter(vim.lsp.codelens.get(bufnr)):find(function(it)
      return it.command and it.command.command == 'dagsmith.showLineage'
    end)
  end)
  contains(lens.command.title, 'upstream')
  vim.cmd('normal! G$')
  assert(client_of(bufnr)):exec_cmd(lens.command, { bufnr = bufnr })
  wait('the lineage', function()
    local text = harness.results()
    return text and text:find('stg_countries  (model, view)', 1, true)
  end)
end)

test('tests the model of the buffer', function()
  open('models/staging/reference/stg_countries.sql')
  local text = dagsmith('test', 'test.shop.not_null_stg_countries_country_code')
  assert(text:find('\npass +test%.shop%.unique_stg_countries_country_code'), text)
end)

test('previews rows of text that is not saved', function()
  local bufnr = open('models/staging/reference/stg_countries.sql')
  set_text(bufnr, "select country_code, 6 * 7 as answer from {{ ref('countries') }} order by 1")
  local text = dagsmith('preview --limit 2', 'answer')
  contains(text, 'preview stg_countries: the first 2 rows in ')
  contains(text, '42')
end)

test('previews what is selected, with the CTEs before it', function()
  local bufnr = open('models/staging/reference/stg_countries.sql')
  set_text(bufnr, 'with a as (select 6 * 7 as answer)\nselect answer + 1 as more from a\n-- no query')
  vim.api.nvim_win_set_cursor(0, { 2, 0 })
  vim.cmd('normal! V\27')
  local text = dagsmith('preview', 'more', "'<,'>")
  contains(text, 'preview the selection in stg_countries: 1 row in ')
  contains(text, '43')
end)

test('another target and another environment are chosen for the session', function()
  open('models/staging/reference/stg_countries.sql')
  local function said(command, text)
    vim.cmd('Dagsmith ' .. command)
    wait(('`%s` after `%s`'):format(text, command), function()
      return vim.iter(harness.notifications):any(function(it)
        return it:find(text, 1, true) ~= nil
      end)
    end)
  end
  said('target ci', 'shop › ci')
  said('target nope', 'no profile has a target `nope`')
  said('target dev', 'shop › dev')
  -- What was built above wrote the artifacts.
  said('defer ' .. vim.fs.joinpath(project, 'target'), 'defers to ' .. vim.fs.joinpath(project, 'target'))
  said('defer', 'defers to nothing')
  said('reload', 'read anew: shop › dev')
end)

test('a failing model is shown, and is a diagnostic at the line at fault', function()
  local bufnr = open('models/staging/reference/stg_countries.sql')
  local before = harness.text(bufnr)
  set_text(bufnr, "select\n    country_code,\n    no_such_function(country_code) as boom\nfrom {{ ref('countries') }}")
  vim.cmd.write()
  local text = dagsmith('build stg_countries', 'model.shop.stg_countries')
  contains(text, 'error')
  contains(text, 'no_such_function')
  local found = wait('the diagnostic', function()
    return diagnostic(bufnr, 'no_such_function')
  end)
  equal('dagsmith', found.source)
  equal(2, found.lnum)
  set_text(bufnr, before)
  vim.cmd.write()
end)

test('restarts', function()
  local bufnr = open('models/staging/reference/stg_countries.sql')
  local before = assert(client_of(bufnr)).id
  vim.cmd('Dagsmith restart')
  wait('the new server', function()
    local client = client_of(bufnr)
    return client and client.initialized and client.id ~= before
  end)
end)

test('executes nothing in a workspace that is not trusted', function()
  vim.lsp.config('dagsmith', { settings = { dagsmith = { trusted = false } } })
  vim.cmd('Dagsmith restart')
  open('models/staging/reference/stg_countries.sql')
  vim.cmd('Dagsmith run')
  local refusal = wait('the refusal', function()
    return vim.iter(harness.notifications):find(function(message)
      return message:find('trust', 1, true)
    end)
  end)
  contains(refusal, 'dagsmith: run stg_countries: ')
  equal(nil, harness.results())
end)

harness.run()
