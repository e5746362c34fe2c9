--- Finds the `dagsmith` binary: the option `path`, then PATH, then the folders that installers use.
---
--- An editor started from a desktop often lacks the PATH of the user's shell, hence the folders.

local options = require('dagsmith.options')

local M = {}

---@return string[] folders in which installers put the binary
function M.install_folders()
  local folders = {}
  for _, variable in ipairs({ 'CARGO_HOME', 'DAGSMITH_HOME' }) do
    if vim.env[variable] then
      table.insert(folders, vim.fs.joinpath(vim.env[variable], 'bin'))
    end
  end
  for _, folder in ipairs({ '~/.cargo/bin', '~/.dagsmith/bin', '~/.local/bin' }) do
    table.insert(folders, vim.fs.normalize(folder))
  end
  vim.list_extend(folders, { '/opt/homebrew/bin', '/home/linuxbrew/.linuxbrew/bin', '/usr/local/bin' })
  return folders
end

---@return string? path of the binary, nil if there is none
function M.find()
  local configured = options.get().path
  if configured then
    local path = vim.fs.normalize(configured)
    return vim.fn.executable(path) == 1 and path or nil
  end
  local on_path = vim.fn.exepath('dagsmith')
  if on_path ~= '' then
    return on_path
  end
  for _, folder in ipairs(M.install_folders()) do
    local path = vim.fn.exepath(vim.fs.joinpath(folder, 'dagsmith'))
    if path ~= '' then
      return path
    end
  end
  return nil
end

---@return string
function M.missing_message()
  local configured = options.get().path
  if configured then
    return ('dagsmith: `%s` (option `path`) is not an executable file'):format(configured)
  end
  return 'dagsmith: the binary `dagsmith` was not found on PATH or in the usual folders; '
    .. 'install it, or set `vim.g.dagsmith = { path = … }` (:checkhealth dagsmith shows where it was looked for)'
end

return M
