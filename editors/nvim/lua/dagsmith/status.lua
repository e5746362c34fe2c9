--- What the server says of its projects (`dagsmith/status`), for `:Dagsmith status` and the statusline.

local M = {}

---@class dagsmith.Project
---@field root string URI
---@field name string
---@field target? string
---@field models integer
---@field state 'loading'|'ready'|'error'

---@class dagsmith.Status
---@field version string
---@field projects dagsmith.Project[]

---@type table<string, dagsmith.Project> by root URI, from all running servers
local known = {}

---@param status dagsmith.Status
function M.remember(status)
  for _, project in ipairs(status.projects) do
    known[project.root] = project
  end
  vim.cmd.redrawstatus()
end

---@param client vim.lsp.Client
---@param callback? fun(status?: dagsmith.Status, message?: string)
function M.fetch(client, callback)
  client:request('dagsmith/status', nil, function(err, result)
    if result then
      M.remember(result)
    end
    if callback then
      callback(result, err and err.message)
    end
  end)
end

---@param status dagsmith.Status
---@return string[] lines
function M.describe(status)
  local lines = { 'dagsmith ' .. status.version }
  for _, project in ipairs(status.projects) do
    local target = type(project.target) == 'string' and 'target ' .. project.target or 'no target'
    table.insert(
      lines,
      ('%s: %s, %s, %d models (%s)'):format(
        project.name,
        project.state,
        target,
        project.models,
        vim.uri_to_fname(project.root)
      )
    )
  end
  if #status.projects == 0 then
    table.insert(lines, 'no project')
  end
  return lines
end

---@param bufnr integer
---@return string
function M.statusline(bufnr)
  local file = vim.api.nvim_buf_get_name(bufnr)
  local nearest
  for root, project in pairs(known) do
    local folder = vim.uri_to_fname(root)
    if vim.startswith(file, folder .. '/') and (not nearest or #folder > #nearest.folder) then
      nearest = { folder = folder, project = project }
    end
  end
  if not nearest then
    return ''
  end
  local project = nearest.project
  local text = project.name
  if type(project.target) == 'string' then
    text = text .. ' › ' .. project.target
  end
  if project.state ~= 'ready' then
    text = text .. ' (' .. project.state .. ')'
  end
  return text
end

return M
