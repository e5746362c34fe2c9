--- A language server that does as docs/protocol.md says, with answers made from the question. Run with `nvim --clean -l`.
---
--- It lets the plugin be tested for what the real server cannot be made to do at will: late answers, refusals, hanging.

local documents = {}
local settings = {}
local waiting = {} -- request ids of commands that hang until they are cancelled
local late -- a `dagsmith/compiled` answer held back until the next one has been sent

local function send(message)
  message.jsonrpc = '2.0'
  local body = vim.json.encode(message)
  io.stdout:write(('Content-Length: %d\r\n\r\n%s'):format(#body, body))
  io.stdout:flush()
end

local function receive()
  local length
  while true do
    local line = io.stdin:read('*l')
    if not line then
      return nil
    end
    line = line:gsub('\r$', '')
    if line == '' then
      return vim.json.decode(io.stdin:read(length), { luanil = { object = true } })
    end
    length = tonumber(line:match('^Content%-Length: (%d+)')) or length
  end
end

local function refuse(code, message)
  return nil, { code = code, message = message }
end

local function compiled(uri)
  local text = documents[uri] or ''
  if text:find('{{[^}]*$') then
    local start = { line = 0, character = 0 }
    return {
      uri = uri,
      text = '',
      errors = { { range = { start = start, ['end'] = start }, severity = 1, message = 'expression is not closed' } },
    }
  end
  return { uri = uri, text = 'compiled: ' .. text, errors = {} }
end

local commands = {}

commands['dagsmith.run'] = function(argument)
  send({ method = 'dagsmith/compiledChanged', params = { uri = argument.uri } })
  return {
    success = false,
    summary = '1 ok, 1 error in 0.3 s',
    results = {
      { uniqueId = 'model.shop.orders', status = 'success', executionTime = 0.25 },
      {
        uniqueId = 'model.shop.' .. (argument.selector or 'of_the_file'),
        status = 'error',
        message = argument.fullRefresh and 'full refresh' or 'Binder Error: no such column\nLINE 1: select x',
        executionTime = 0.05,
      },
    },
  }
end

commands['dagsmith.test'] = function()
  if settings.trusted == false then
    return refuse(-32803, 'the workspace is not trusted')
  end
  return { success = true, summary = '0 tests', results = {} }
end

commands['dagsmith.preview'] = function(argument)
  return {
    uri = argument.uri,
    columns = { { name = 'id', type = 'BIGINT' }, { name = 'name', type = 'VARCHAR' } },
    rows = { { argument.limit, 'Zoë' }, { 7, vim.NIL } },
    truncated = true,
    sql = 'select 1',
    elapsedMs = 4,
  }
end

commands['dagsmith.compile'] = function(argument)
  return compiled(argument.uri)
end

local requests = {}

function requests.initialize(params)
  settings = params.initializationOptions or {}
  return {
    capabilities = {
      textDocumentSync = 1,
      codeLensProvider = { resolveProvider = false },
      executeCommandProvider = { commands = vim.tbl_keys(commands) },
    },
  }
end

requests['textDocument/codeLens'] = function(params)
  local uri = params.textDocument.uri
  local start = { line = 0, character = 0 }
  local _, lines = documents[uri]:gsub('\n', '\n')
  return {
    {
      range = { start = start, ['end'] = start },
      command = { title = ('run (%d lines)'):format(lines), command = 'dagsmith.run', arguments = { { uri = uri } } },
    },
  }
end

requests['workspace/executeCommand'] = function(params, id)
  if params.command == 'dagsmith.build' then
    waiting[id] = true
    return nil, nil, true
  end
  return commands[params.command](params.arguments[1])
end

requests['dagsmith/compiled'] = function(params, id)
  local answer = compiled(params.textDocument.uri)
  if answer.text:find('slow') then
    late = { id = id, result = answer }
    return nil, nil, true
  end
  return answer
end

requests['dagsmith/status'] = function()
  return {
    version = '0.0.0-fake',
    projects = { { root = settings.root or 'file:///shop', name = 'shop', target = 'dev', models = 3, state = 'ready' } },
  }
end

function requests.shutdown()
  return vim.NIL
end

local notifications = {}

notifications['textDocument/didOpen'] = function(params)
  documents[params.textDocument.uri] = params.textDocument.text
end

notifications['textDocument/didChange'] = function(params)
  documents[params.textDocument.uri] = params.contentChanges[1].text
end

notifications['$/cancelRequest'] = function(params)
  if waiting[params.id] then
    waiting[params.id] = nil
    send({ id = params.id, result = { success = false, summary = 'cancelled', results = {} } })
  end
end

function notifications.exit()
  os.exit(0)
end

for message in receive do
  if message.id and message.method then
    local handler = requests[message.method]
    local result, problem, unanswered
    if handler then
      result, problem, unanswered = handler(message.params, message.id)
    else
      result, problem = refuse(-32601, 'unknown request ' .. message.method)
    end
    if not unanswered then
      send({ id = message.id, result = result, error = problem })
      if late and message.method == 'dagsmith/compiled' then
        send(late)
        late = nil
      end
    end
  elseif message.method and notifications[message.method] then
    notifications[message.method](message.params)
  end
end
