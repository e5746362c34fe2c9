--- The lineage of what the cursor is on, as a tree in a window at the bottom: nodes, or columns. `<CR>` goes to a line's place.
---
--- The functions that make lines are pure. The same graph of nodes is there as a call hierarchy, `vim.lsp.buf.incoming_calls()`.

local pick = require('dagsmith.pick')
local results = require('dagsmith.results')

local M = {}

--- How many steps are shown if nobody says: of nodes, of columns.
local NODE_STEPS = 3
local COLUMN_STEPS = 20

---@class dagsmith.TreeLine
---@field text string
---@field location? lsp.Location

---@param value any
---@return any value nil for JSON's null
local function known(value)
  if value ~= vim.NIL then
    return value
  end
end

--- A tree in each direction. What was shown already is not unfolded again: graphs are no trees, and broken ones have cycles.
---@param root string
---@param steps integer
---@param next_of fun(id: string): string[]
---@param describe fun(id: string, from: string?): dagsmith.TreeLine
---@return dagsmith.TreeLine[]
local function tree(root, steps, next_of, describe)
  local lines, seen = {}, { [root] = true }
  local function add(id, depth)
    for _, other in ipairs(next_of(id)) do
      local line = describe(other, id)
      local again = seen[other]
      local more = #next_of(other) > 0 and (again or depth == steps) and ' …' or ''
      table.insert(lines, { text = ('  '):rep(depth) .. line.text .. more, location = line.location })
      seen[other] = true
      if not again and depth < steps then
        add(other, depth + 1)
      end
    end
  end
  add(root, 1)
  return lines
end

---@param title dagsmith.TreeLine
---@param upstream dagsmith.TreeLine[]
---@param downstream dagsmith.TreeLine[]
---@return dagsmith.TreeLine[]
local function sections(title, upstream, downstream)
  local lines = { title }
  for _, section in ipairs({ { 'upstream', upstream }, { 'downstream', downstream } }) do
    table.insert(lines, { text = '' })
    table.insert(lines, { text = #section[2] > 0 and section[1] or ('nothing %s'):format(section[1]) })
    vim.list_extend(lines, section[2])
  end
  return lines
end

---@param lineage table Lineage of docs/protocol.md
---@param steps integer
---@return dagsmith.TreeLine[]
function M.node_lines(lineage, steps)
  local nodes = {}
  for _, node in ipairs(lineage.nodes) do
    nodes[node.uniqueId] = node
  end
  local function describe(id)
    local node = nodes[id]
    if not node then
      return { text = id }
    end
    local materialized = known(node.materialized)
    local kind = materialized and ('%s, %s'):format(node.resourceType, materialized) or node.resourceType
    return { text = ('%s  (%s)'):format(node.name, kind), location = known(node.location) }
  end
  local function side(field)
    return tree(lineage.focus, steps, function(id)
      return nodes[id] and nodes[id][field] or {}
    end, describe)
  end
  return sections(describe(lineage.focus), side('parents'), side('children'))
end

---@param column {uniqueId: string, name: string}
---@return string
local function key(column)
  return column.uniqueId .. '\n' .. column.name:lower()
end

--- "a guess" and the like; nothing for what is certain.
local doubts = { likely = 'a guess', unknown = 'where it comes from cannot be told' }

---@param lineage table ColumnLineage of docs/protocol.md
---@param steps integer
---@return dagsmith.TreeLine[]
function M.column_lines(lineage, steps)
  local columns, beside = {}, { from = {}, to = {} }
  for _, column in ipairs(lineage.columns) do
    columns[key(column)] = column
  end
  local kinds = {}
  for _, edge in ipairs(lineage.edges) do
    local from, to = key(edge.from), key(edge.to)
    beside.from[to] = vim.list_extend(beside.from[to] or {}, { from })
    beside.to[from] = vim.list_extend(beside.to[from] or {}, { to })
    kinds[from .. '\n' .. to] = edge.kind
  end
  local function describe(id, kind)
    local column = columns[id]
    -- "model.shop.orders" is `orders`, "source.shop.raw.orders" is `raw.orders`.
    local node = column.uniqueId:gsub('^[^.]+%.[^.]+%.', '')
    local notes = { known(column.dataType), kind ~= 'direct' and kind or nil, doubts[known(column.confidence)] }
    notes = vim.tbl_values(notes)
    local text = ('%s.%s'):format(node, column.name)
    if #notes > 0 then
      text = ('%s  (%s)'):format(text, table.concat(notes, ', '))
    end
    return { text = text, location = known(column.location) }
  end
  local function side(name)
    return tree(key(lineage.focus), steps, function(id)
      return beside[name][id] or {}
    end, function(id, from)
      return describe(id, kinds[name == 'from' and id .. '\n' .. from or from .. '\n' .. id])
    end)
  end
  return sections(describe(key(lineage.focus)), side('from'), side('to'))
end

---@param client vim.lsp.Client
---@param lines dagsmith.TreeLine[]
local function show(client, lines)
  local texts = vim.tbl_map(function(line)
    return line.text
  end, lines)
  local bufnr = results.show(texts)
  vim.keymap.set('n', '<CR>', function()
    local line = lines[vim.api.nvim_win_get_cursor(0)[1]]
    if line and line.location then
      vim.cmd.wincmd('p')
      pick.jump(client, line.location)
    end
  end, { buffer = bufnr, desc = 'Go to what the line names' })
end

---@param client vim.lsp.Client
---@param bufnr integer
---@param method string
---@param steps integer
---@param lines fun(result: table, steps: integer): dagsmith.TreeLine[]
---@param nothing string what to say when nothing is meant
---@param position? lsp.Position the cursor's if it is not said
local function ask(client, bufnr, method, steps, lines, nothing, position)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.position = position or params.position
  params.upstream, params.downstream = steps, steps
  client:request(method, params, function(err, result)
    if err then
      vim.notify('dagsmith: ' .. err.message, vim.log.levels.ERROR)
    elseif not result or result == vim.NIL then
      vim.notify('dagsmith: ' .. nothing)
    else
      show(client, lines(result, steps))
    end
  end, bufnr)
end

---@param client vim.lsp.Client
---@param bufnr integer
---@param steps? integer
---@param position? lsp.Position
function M.nodes(client, bufnr, steps, position)
  local nothing = 'nothing here has a lineage'
  ask(client, bufnr, 'dagsmith/lineage', steps or NODE_STEPS, M.node_lines, nothing, position)
end

---@param client vim.lsp.Client
---@param bufnr integer
---@param steps? integer
function M.column(client, bufnr, steps)
  ask(client, bufnr, 'dagsmith/columnLineage', steps or COLUMN_STEPS, M.column_lines, 'no column is known here')
end

return M
