--- The configuration that `vim.lsp.enable('dagsmith')` starts the server with.
---
--- Change it as any other: `vim.lsp.config('dagsmith', { settings = { dagsmith = { target = 'prod' } } })`. What is not LSP
--- (where the binary is, lenses, windows) is in `lua/dagsmith/options.lua`.

local binary = require('dagsmith.binary')
local commands = require('dagsmith.commands')
local project = require('dagsmith.project')

local capabilities = vim.lsp.protocol.make_client_capabilities()
capabilities.experimental = { dagsmith = { compiledDocument = true, results = true } }

---@type vim.lsp.Config
return {
  -- A function, so that the binary is looked for when a project is opened and not when Neovim starts.
  cmd = function(dispatchers)
    return vim.lsp.rpc.start({ binary.find() or 'dagsmith', 'lsp' }, dispatchers)
  end,
  filetypes = { 'sql', 'jinja', 'sql.jinja', 'jinja.sql', 'dbt', 'yaml', 'markdown' },
  -- Calls back only for files of a dbt project, and only with a binary to start: other SQL, YAML and Markdown is left alone.
  root_dir = function(bufnr, on_dir)
    local root = project.root(vim.api.nvim_buf_get_name(bufnr))
    if not root then
      return
    end
    if binary.find() then
      on_dir(root)
    else
      vim.notify_once(binary.missing_message(), vim.log.levels.WARN)
    end
  end,
  capabilities = capabilities,
  settings = { dagsmith = { trusted = true, logLevel = 'info' } },
  -- The settings hold from the first message on, before the server can ask for them.
  before_init = function(params, config)
    params.initializationOptions = vim.tbl_get(config, 'settings', 'dagsmith')
  end,
  commands = commands.client_commands(),
  handlers = {
    ['dagsmith/compiledChanged'] = function(_, params)
      require('dagsmith.compiled').refresh_uri(params.uri)
    end,
    ['dagsmith/statusChanged'] = function(_, params)
      require('dagsmith.status').remember(params)
    end,
  },
}
