--- Tells which dbt project a file belongs to.

local M = {}

---@param path string
---@return string? root the folder that the server is started for, nil outside of dbt projects
function M.root(path)
  -- Buffers of other plugins (`fugitive://…`) have no folder on disk.
  if path == '' or path:match('^%a[%w+.-]+://') then
    return nil
  end
  -- The outermost project, so that packages inside of it (installed or local) share its server; the server itself
  -- goes by the nearest `dbt_project.yml`.
  local root
  for folder in vim.fs.parents(vim.fs.normalize(path)) do
    if vim.uv.fs_stat(vim.fs.joinpath(folder, 'dbt_project.yml')) then
      root = folder
    end
  end
  return root
end

return M
