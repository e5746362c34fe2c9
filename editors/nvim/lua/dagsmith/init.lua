--- The public face of the plugin: `setup`, `statusline`, and what is done for each buffer that the server serves.
---
--- The features are in the other files: `commands` (`:Dagsmith`), `results`, `compiled`, `status`, `health`.

local debounce = require('dagsmith.debounce')
local options = require('dagsmith.options')

local M = {}

--- Optional: `vim.g.dagsmith` does the same without loading anything.
---@param given? table see `:help dagsmith-options`
function M.setup(given)
  options.set(given)
  vim.lsp.enable('dagsmith', options.get().enabled)
end

--- A short text for a statusline: the project, its target, and its state unless it is ready.
---@return string
function M.statusline()
  return require('dagsmith.status').statusline(0)
end

---@param client vim.lsp.Client
---@param bufnr integer
local function keep_lenses_fresh(client, bufnr)
  if not client:supports_method('textDocument/codeLens', bufnr) then
    return
  end
  local function refresh()
    if vim.api.nvim_buf_is_loaded(bufnr) then
      vim.lsp.codelens.refresh({ bufnr = bufnr })
    end
  end
  local poke, stop = debounce(options.get().delay, refresh)
  local group = vim.api.nvim_create_augroup('dagsmith.lenses.' .. bufnr, {})
  vim.api.nvim_create_autocmd({ 'TextChanged', 'InsertLeave', 'BufWritePost' }, {
    group = group,
    buffer = bufnr,
    callback = poke,
  })
  vim.api.nvim_create_autocmd({ 'LspDetach', 'BufUnload' }, {
    group = group,
    buffer = bufnr,
    callback = function(args)
      if args.event == 'LspDetach' and args.data.client_id ~= client.id then
        return
      end
      stop()
      vim.api.nvim_clear_autocmds({ group = group })
    end,
  })
  refresh()
end

---@param client vim.lsp.Client
---@param bufnr integer
function M.on_attach(client, bufnr)
  if options.get().lenses then
    keep_lenses_fresh(client, bufnr)
  end
  require('dagsmith.status').fetch(client)
  require('dagsmith.compiled').refresh(bufnr)
end

return M
