--- Lists to pick from: models, seeds, snapshots, sources, macros, tests; the one that is chosen is opened.
---
--- By `vim.ui.select`, which whatever picker the user has takes over (telescope, fzf-lua, snacks, mini.pick).

local M = {}

---@class dagsmith.Pick
---@field text string
---@field location lsp.Location

--- What `dagsmith/symbols` is asked for, by subcommand.
M.kinds = {
  models = { 'model', 'snapshot' },
  seeds = { 'seed' },
  sources = { 'source' },
  macros = { 'macro' },
}

---@param client vim.lsp.Client
---@param location lsp.Location
function M.jump(client, location)
  vim.lsp.util.show_document(location, client.offset_encoding, { focus = true, reuse_win = true })
end

---@param client vim.lsp.Client
---@param what string "models"
---@param filter string only what has this in its name; '' for all
---@param picks dagsmith.Pick[]
local function choose(client, what, filter, picks)
  local wanted = filter:lower()
  picks = vim.tbl_filter(function(pick)
    return pick.text:lower():find(wanted, 1, true) ~= nil
  end, picks)
  if #picks == 0 then
    vim.notify(('dagsmith: no %s%s'):format(what, filter == '' and '' or (' with `%s`'):format(filter)))
    return
  end
  vim.ui.select(picks, {
    prompt = 'Dagsmith ' .. what,
    kind = 'dagsmith',
    format_item = function(pick)
      return pick.text
    end,
  }, function(pick)
    if pick then
      M.jump(client, pick.location)
    end
  end)
end

---@param client vim.lsp.Client
---@param what string one of `M.kinds`
---@param filter string
---@param bufnr integer
function M.symbols(client, what, filter, bufnr)
  client:request('dagsmith/symbols', { kinds = M.kinds[what] }, function(err, result)
    if err then
      vim.notify('dagsmith: ' .. err.message, vim.log.levels.ERROR)
      return
    end
    local picks = vim.tbl_map(function(symbol)
      local container = symbol.kind ~= 'source' and symbol.container
      local text = container and ('%s  (%s)'):format(symbol.name, container) or symbol.name
      return { text = text, location = symbol.location }
    end, result)
    choose(client, what, filter, picks)
  end, bufnr)
end

--- The tests of all projects that the server knows.
---@param client vim.lsp.Client
---@param filter string
---@param bufnr integer
function M.tests(client, filter, bufnr)
  local function failed(err)
    vim.notify('dagsmith: ' .. err.message, vim.log.levels.ERROR)
  end
  client:request('dagsmith/status', nil, function(err, status)
    if err then
      return failed(err)
    end
    local picks, waiting = {}, #status.projects
    for _, project in ipairs(status.projects) do
      client:request('dagsmith/tests', { root = project.root }, function(refusal, tests)
        waiting = waiting - 1
        for _, it in ipairs(not refusal and tests or {}) do
          local tested = it.tested and it.tested ~= vim.NIL and it.tested .. ' › ' or ''
          table.insert(picks, { text = ('%s%s  (%s test)'):format(tested, it.label, it.kind), location = it.location })
        end
        if waiting == 0 then
          table.sort(picks, function(a, b)
            return a.text < b.text
          end)
          choose(client, 'tests', filter, picks)
        end
      end, bufnr)
    end
    if waiting == 0 then
      choose(client, 'tests', filter, picks)
    end
  end, bufnr)
end

return M
