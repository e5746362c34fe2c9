--- `:checkhealth dagsmith`: Neovim's version, the binary, the grammar, the project and the server of the files that are open.

local binary = require('dagsmith.binary')
local project = require('dagsmith.project')

local M = {}

local function check_binary()
  vim.health.start('Binary')
  local path = binary.find()
  if not path then
    vim.health.error(binary.missing_message(), {
      'put the folder of `dagsmith` on PATH, or set `vim.g.dagsmith = { path = "/path/to/dagsmith" }`',
      'looked in: ' .. table.concat(binary.install_folders(), ', '),
    })
    return
  end
  local ok, result = pcall(function()
    return vim.system({ path, '--version' }, { text = true, timeout = 5000 }):wait()
  end)
  if ok and result.code == 0 then
    vim.health.ok(('%s (%s)'):format(vim.trim(result.stdout), path))
  else
    local said = ok and vim.trim(result.stderr or '') or tostring(result)
    vim.health.error(('`%s --version` failed: %s'):format(path, said))
  end
end

local function check_grammar()
  vim.health.start('Colours')
  local grammar = require('dagsmith.grammar')
  local parser = grammar.parser()
  if not parser then
    vim.health.info('no tree-sitter grammar is installed; `:Dagsmith grammar` does, with a C compiler')
  elseif grammar.outdated() then
    vim.health.warn(parser .. ' is older than ' .. grammar.source(), { ':Dagsmith grammar' })
  else
    vim.health.ok(parser)
  end
  if parser and #vim.api.nvim_get_runtime_file('parser/sql.*', false) == 0 then
    vim.health.info("no tree-sitter parser for SQL: outside of tags the colours are those of Neovim's syntax file")
  end
end

local function check_server()
  vim.health.start('Server')
  if not vim.lsp.is_enabled('dagsmith') then
    vim.health.warn('not enabled', { "call vim.lsp.enable('dagsmith'), or remove `enabled = false` from the options" })
  end
  local clients = vim.lsp.get_clients({ name = 'dagsmith' })
  for _, client in ipairs(clients) do
    local answer = client:request_sync('dagsmith/status', nil, 2000)
    if answer and answer.result then
      for _, line in ipairs(require('dagsmith.status').describe(answer.result)) do
        vim.health.ok(line)
      end
    else
      vim.health.error(('client %d for %s does not answer'):format(client.id, client.root_dir or '?'), {
        'see ' .. vim.lsp.log.get_filename(),
        ':Dagsmith restart',
      })
    end
  end
  if #clients == 0 then
    vim.health.info('not running')
  end
end

local function check_buffers()
  vim.health.start('Open files')
  local found = false
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    local name = vim.api.nvim_buf_get_name(bufnr)
    local root = vim.bo[bufnr].buftype == '' and project.root(name)
    if root then
      found = true
      local attached = #vim.lsp.get_clients({ name = 'dagsmith', bufnr = bufnr }) > 0
      local text = ('%s, project %s, filetype `%s`'):format(name, root, vim.bo[bufnr].filetype)
      if attached then
        vim.health.ok(text)
      else
        vim.health.info(text .. ': no server')
      end
    end
  end
  if not found then
    vim.health.info('none lies in a dbt project (no dbt_project.yml above it)')
  end
end

function M.check()
  vim.health.start('Neovim')
  if vim.fn.has('nvim-0.11') == 1 then
    vim.health.ok(tostring(vim.version()))
  else
    vim.health.error('0.11 or newer is needed, this is ' .. tostring(vim.version()))
  end
  check_binary()
  check_grammar()
  check_server()
  check_buffers()
end

return M
