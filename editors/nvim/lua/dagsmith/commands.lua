--- `:Dagsmith …`, and the commands that code lenses and code actions carry.
---
--- Both end in `send`, which asks the server and shows the answer; what may be asked is in docs/protocol.md.

local compiled = require('dagsmith.compiled')
local options = require('dagsmith.options')
local results = require('dagsmith.results')

local M = {}

---@param bufnr integer
---@return vim.lsp.Client?
local function client_of(bufnr)
  local client = vim.lsp.get_clients({ name = 'dagsmith', bufnr = bufnr })[1]
  if not client then
    vim.notify('dagsmith: no server for this buffer (:checkhealth dagsmith says why)', vim.log.levels.WARN)
  end
  return client
end

--- Commands under way: request id by client id, for `:Dagsmith cancel`.
---@type {client: integer, request: integer, title: string}[]
local running = {}

---@param request integer
local function forget(request)
  running = vim.tbl_filter(function(it)
    return it.request ~= request
  end, running)
end

---@param title string
---@param result table
local function show_run(title, result)
  results.show(results.run_lines(title, result))
end

local show = {
  ['dagsmith.run'] = show_run,
  ['dagsmith.build'] = show_run,
  ['dagsmith.test'] = show_run,
  ['dagsmith.seed'] = show_run,
  ['dagsmith.snapshot'] = show_run,
  ['dagsmith.freshness'] = show_run,
  ['dagsmith.preview'] = function(title, result)
    results.show(results.preview_lines(title, result))
  end,
  ['dagsmith.generateProperties'] = function(_, result)
    vim.notify('dagsmith: ' .. result)
  end,
  ['dagsmith.generateModelFromSource'] = function(_, result)
    vim.notify('dagsmith: ' .. result)
  end,
  ['dagsmith.generateSource'] = function(_, result)
    vim.notify('dagsmith: ' .. result)
  end,
  ['dagsmith.diff'] = function(title, result)
    results.show(results.diff_lines(title, result))
  end,
  ['dagsmith.readCatalog'] = function(_, result)
    local told = ('dagsmith: read the columns of %d relations'):format(result.relations)
    vim.notify(table.concat(vim.list_extend({ told }, result.errors), '\n'))
  end,
  ['dagsmith.compile'] = function(_, result)
    results.show(compiled.lines(result), 'sql')
  end,
}

---@param argument {uri: string, selector?: string, cte?: string, range?: table}
---@param verb string
---@return string title "run orders+"
local function title_of(argument, verb)
  local what = argument.selector or vim.fn.fnamemodify(vim.uri_to_fname(argument.uri), ':t:r')
  if argument.cte then
    what = argument.cte .. ' of ' .. what
  elseif argument.range then
    what = 'the selection in ' .. what
  end
  return verb .. ' ' .. what
end

---@param client vim.lsp.Client
---@param bufnr integer
---@param command string "dagsmith.run"
---@param argument table CommandArgument of docs/protocol.md
local function send(client, bufnr, command, argument)
  local title = title_of(argument, command:gsub('^dagsmith%.', ''))
  local id
  local params = { command = command, arguments = { argument } }
  local sent
  sent, id = client:request('workspace/executeCommand', params, function(err, result)
    forget(id)
    if err then
      vim.notify(('dagsmith: %s: %s'):format(title, err.message), vim.log.levels.ERROR)
    elseif result and result ~= vim.NIL then
      show[command](title, result)
    end
  end, bufnr)
  if sent and id then
    table.insert(running, { client = client.id, request = id, title = title })
    vim.api.nvim_echo({ { 'dagsmith: ' .. title .. ' …' } }, false, {})
  end
end

---@param uri string
local function show_compiled(uri)
  local bufnr = vim.uri_to_bufnr(uri)
  vim.fn.bufload(bufnr)
  compiled.open(bufnr)
end

--- Handlers for `vim.lsp.Config.commands`: what a lens or an action asks for is shown as if typed.
---@return table<string, fun(command: lsp.Command, context: table)>
function M.client_commands()
  local handlers = {}
  for name in pairs(show) do
    handlers[name] = function(command, context)
      local client = vim.lsp.get_client_by_id(context.client_id)
      local argument = (command.arguments or {})[1]
      if client and argument then
        send(client, context.bufnr, name, argument)
      end
    end
  end
  handlers['dagsmith.showCompiled'] = function(command)
    local argument = (command.arguments or {})[1]
    if argument then
      show_compiled(argument.uri)
    end
  end
  handlers['dagsmith.showLineage'] = function(command, context)
    local client = vim.lsp.get_client_by_id(context.client_id)
    local argument = (command.arguments or {})[1]
    if client and argument then
      require('dagsmith.lineage').nodes(client, context.bufnr, nil, argument.position)
    end
  end
  return handlers
end

--- Words after the subcommand: flags, and one selector.
---@param words string[]
---@param bufnr integer
---@return table? argument
---@return string? problem
function M.parse(words, bufnr)
  local argument = { uri = vim.uri_from_bufnr(bufnr) }
  local index = 1
  while words[index] do
    local word = words[index]
    if word == '--full-refresh' then
      argument.fullRefresh = true
    elseif word == '--limit' then
      index = index + 1
      argument.limit = tonumber(words[index])
      if not argument.limit then
        return nil, '--limit needs a number'
      end
    elseif vim.startswith(word, '--') then
      return nil, ('unknown flag `%s`'):format(word)
    elseif argument.selector then
      -- Several words are a union, as on dbt's command line.
      argument.selector = argument.selector .. ' ' .. word
    else
      argument.selector = word
    end
    index = index + 1
  end
  return argument
end

---@param verb string
---@return fun(words: string[], is_range?: boolean)
local function executes(verb)
  return function(words, is_range)
    local bufnr = vim.api.nvim_get_current_buf()
    local argument, problem = M.parse(words, bufnr)
    if not argument then
      vim.notify('dagsmith: ' .. problem, vim.log.levels.ERROR)
      return
    end
    local client = client_of(bufnr)
    if client then
      argument.position = vim.lsp.util.make_position_params(0, client.offset_encoding).position
      if verb == 'preview' then
        argument.limit = argument.limit or options.get().limit
        if is_range then
          argument.range = vim.lsp.util.make_given_range_params(nil, nil, bufnr, client.offset_encoding).range
        end
      end
      send(client, bufnr, 'dagsmith.' .. verb, argument)
    end
  end
end

local function cancel()
  if #running == 0 then
    vim.notify('dagsmith: nothing is running')
  end
  for _, it in ipairs(running) do
    local client = vim.lsp.get_client_by_id(it.client)
    if client then
      client:cancel_request(it.request)
      vim.notify('dagsmith: cancelled ' .. it.title)
    end
  end
  running = {}
end

local function status()
  local client = client_of(vim.api.nvim_get_current_buf())
  if not client then
    return
  end
  local describe = require('dagsmith.status')
  describe.fetch(client, function(result, message)
    vim.notify(result and table.concat(describe.describe(result), '\n') or 'dagsmith: ' .. message)
  end)
end

--- How long a server may take to shut down before it is ended.
local SHUTDOWN_MS = 3000

local function restart()
  local clients = vim.lsp.get_clients({ name = 'dagsmith' })
  for _, client in ipairs(clients) do
    client:stop()
  end
  local function all_gone()
    return #vim.tbl_filter(function(client)
      return vim.lsp.get_client_by_id(client.id) ~= nil
    end, clients) == 0
  end
  if not vim.wait(SHUTDOWN_MS, all_gone, 20) then
    for _, client in ipairs(clients) do
      client:stop(true)
    end
    vim.wait(SHUTDOWN_MS, all_gone, 20)
  end
  running = {}
  vim.lsp.enable('dagsmith')
end

--- Lists to pick from, in which the words after the subcommand must be found.
---@param what string
---@return fun(words: string[])
local function picks(what)
  return function(words)
    local bufnr = vim.api.nvim_get_current_buf()
    local client = client_of(bufnr)
    if client then
      local pick = require('dagsmith.pick')
      local filter = table.concat(words, ' ')
      if what == 'tests' then
        pick.tests(client, filter, bufnr)
      else
        pick.symbols(client, what, filter, bufnr)
      end
    end
  end
end

---@param which 'nodes'|'column'
---@return fun(words: string[])
local function lineage(which)
  return function(words)
    local steps = tonumber(words[1])
    if words[1] and not steps then
      vim.notify(('dagsmith: `%s` is no number of steps'):format(words[1]), vim.log.levels.ERROR)
      return
    end
    local bufnr = vim.api.nvim_get_current_buf()
    local client = client_of(bufnr)
    if client then
      require('dagsmith.lineage')[which](client, bufnr, steps)
    end
  end
end

--- The tables of the schema that is named, else of the source at the cursor.
---@param words string[]
local function declares_source(words)
  local bufnr = vim.api.nvim_get_current_buf()
  local client = client_of(bufnr)
  if not client then
    return
  end
  local position = vim.lsp.util.make_position_params(0, client.offset_encoding).position
  local argument = { uri = vim.uri_from_bufnr(bufnr), position = position, schema = words[1] }
  send(client, bufnr, 'dagsmith.generateSource', argument)
end

--- A command about the session; what the server says of its projects comes back.
---@param command string
---@param argument table
---@param told fun(status: dagsmith.Status): string
local function about_session(command, argument, told)
  local client = client_of(vim.api.nvim_get_current_buf())
  if not client then
    return
  end
  local params = { command = command, arguments = { argument } }
  client:request('workspace/executeCommand', params, function(err, status)
    if err then
      vim.notify('dagsmith: ' .. err.message, vim.log.levels.ERROR)
      return
    end
    require('dagsmith.status').remember(status)
    vim.notify('dagsmith: ' .. told(status))
  end)
end

---@param status dagsmith.Status
---@return string "shop › prod"
local function targets_in_use(status)
  local described = vim.tbl_map(function(project)
    return project.name .. ' › ' .. (type(project.target) == 'string' and project.target or 'no target')
  end, status.projects)
  return table.concat(described, ', ')
end

local SETTINGS_TARGET = 'what the settings say'

---@param words string[]
local function set_target(words)
  local function set(name)
    about_session('dagsmith.setTarget', name == SETTINGS_TARGET and vim.empty_dict() or { target = name }, targets_in_use)
  end
  local client = client_of(vim.api.nvim_get_current_buf())
  if words[1] or not client then
    set(words[1])
    return
  end
  require('dagsmith.status').fetch(client, function(status)
    local names = {}
    for _, project in ipairs(status and status.projects or {}) do
      for _, name in ipairs(project.targets) do
        if not vim.list_contains(names, name) then
          table.insert(names, name)
        end
      end
    end
    table.insert(names, SETTINGS_TARGET)
    vim.ui.select(names, { prompt = 'Target' }, function(name)
      if name then
        set(name)
      end
    end)
  end)
end

---@param words string[]
local function defer(words)
  local state = words[1] and vim.fs.abspath(vim.fs.normalize(words[1]))
  about_session('dagsmith.defer', state and { state = state } or vim.empty_dict(), function(status)
    return status.deferState and 'defers to ' .. status.deferState or 'defers to nothing'
  end)
end

---@type table<string, {run: fun(words: string[], is_range?: boolean), flags?: string[]}>
local subcommands = {
  run = { run = executes('run'), flags = { '--full-refresh' } },
  build = { run = executes('build'), flags = { '--full-refresh' } },
  test = { run = executes('test'), flags = {} },
  seed = { run = executes('seed'), flags = { '--full-refresh' } },
  snapshot = { run = executes('snapshot'), flags = {} },
  freshness = { run = executes('freshness'), flags = {} },
  compile = { run = executes('compile'), flags = {} },
  preview = { run = executes('preview'), flags = { '--limit' } },
  properties = { run = executes('generateProperties'), flags = {} },
  source = { run = declares_source, flags = {} },
  diff = { run = executes('diff'), flags = { '--limit' } },
  catalog = { run = executes('readCatalog'), flags = {} },
  staging = { run = executes('generateModelFromSource'), flags = {} },
  compiled = {
    run = function()
      local bufnr = vim.api.nvim_get_current_buf()
      if client_of(bufnr) then
        compiled.open(bufnr)
      end
    end,
  },
  lineage = { run = lineage('nodes') },
  column = { run = lineage('column') },
  models = { run = picks('models') },
  seeds = { run = picks('seeds') },
  sources = { run = picks('sources') },
  macros = { run = picks('macros') },
  tests = { run = picks('tests') },
  grammar = {
    run = function()
      require('dagsmith.grammar').install()
    end,
  },
  target = { run = set_target },
  defer = { run = defer },
  reload = {
    run = function()
      about_session('dagsmith.rebuildIndex', vim.empty_dict(), function(status)
        return 'read anew: ' .. targets_in_use(status)
      end)
    end,
  },
  cancel = { run = cancel },
  restart = { run = restart },
  status = { run = status },
}

---@param args {fargs: string[]}
function M.execute(args)
  local words = vim.list_slice(args.fargs)
  local name = table.remove(words, 1) or 'status'
  local subcommand = subcommands[name]
  if not subcommand then
    vim.notify(('dagsmith: unknown command `%s`'):format(name), vim.log.levels.ERROR)
    return
  end
  subcommand.run(words, (args.range or 0) > 0)
end

---@param lead string
---@param line string the command line up to the cursor and beyond
---@return string[]
function M.complete(lead, line)
  local before = vim.split(vim.trim(line:sub(1, #line - #lead)), '%s+')
  local candidates
  if #before == 1 then
    candidates = vim.tbl_keys(subcommands)
  else
    candidates = vim.list_slice((subcommands[before[2]] or {}).flags or {})
  end
  table.sort(candidates)
  return vim.tbl_filter(function(candidate)
    return vim.startswith(candidate, lead) and not vim.list_contains(before, candidate)
  end, candidates)
end

return M
