--- The plugin's own options: defaults, then `vim.g.dagsmith`, then what `require('dagsmith').setup()` was given.
---
--- Settings of the server are not here; they are `settings.dagsmith` of `vim.lsp.config('dagsmith', …)`.

local M = {}

---@class dagsmith.Options
---@field enabled boolean start the server for files of dbt projects
---@field path? string the binary; looked for on PATH and in the usual folders when nil
---@field colours boolean colour templates by tree-sitter, where the grammar is installed
---@field grammar? string the folder of the grammar; the one of the plugin's own checkout when nil
---@field lenses boolean show code lenses and keep them fresh
---@field delay integer milliseconds of quiet after an edit before lenses and the compiled view follow
---@field height integer the most lines that the window with results takes
---@field limit integer rows of a preview

---@type dagsmith.Options
local defaults = { enabled = true, path = nil, colours = true, lenses = true, delay = 150, height = 15, limit = 500 }

local from_setup = {}

---@return dagsmith.Options
function M.get()
  return vim.tbl_extend('force', defaults, vim.g.dagsmith or {}, from_setup)
end

---@param options? table
function M.set(options)
  from_setup = options or {}
end

return M
