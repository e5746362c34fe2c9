--- What a command answered, as an aligned table in a scratch buffer at the bottom; `q` closes it.
---
--- The functions that make lines are pure; `show` is the only one that touches windows.

local options = require('dagsmith.options')

local M = {}

local MAX_CELL_WIDTH = 60

local namespace = vim.api.nvim_create_namespace('dagsmith.results')

local status_highlights = {
  success = 'DiagnosticOk',
  pass = 'DiagnosticOk',
  error = 'DiagnosticError',
  fail = 'DiagnosticError',
  ['runtime error'] = 'DiagnosticError',
  warn = 'DiagnosticWarn',
  skipped = 'Comment',
}

--- A JSON value as a cell. Numbers in full: `tostring` would make 1e+15 of a number of 16 digits.
---@param value any
---@return string
function M.cell(value)
  if value == nil or value == vim.NIL then
    return 'NULL'
  end
  if type(value) == 'number' then
    if value == math.floor(value) and math.abs(value) < 2 ^ 53 then
      return ('%d'):format(value)
    end
    for _, digits in ipairs({ 15, 16, 17 }) do
      local text = ('%%.%dg'):format(digits):format(value)
      if tonumber(text) == value then
        return text
      end
    end
  end
  if type(value) == 'table' then
    return vim.json.encode(value)
  end
  return (tostring(value):gsub('\r?\n', '⏎'):gsub('\t', ' '))
end

---@param text string
---@return string
local function shortened(text)
  if vim.fn.strdisplaywidth(text) <= MAX_CELL_WIDTH then
    return text
  end
  return vim.fn.strcharpart(text, 0, MAX_CELL_WIDTH - 1) .. '…'
end

--- Columns padded to the width of what they show; columns of numbers to the right.
---@param header string[]
---@param rows any[][]
---@return string[]
function M.table_lines(header, rows)
  local cells, widths, numeric = {}, {}, {}
  for column, name in ipairs(header) do
    widths[column] = vim.fn.strdisplaywidth(name)
    numeric[column] = #rows > 0
  end
  for index, row in ipairs(rows) do
    cells[index] = {}
    for column in ipairs(header) do
      local text = shortened(M.cell(row[column]))
      cells[index][column] = text
      widths[column] = math.max(widths[column], vim.fn.strdisplaywidth(text))
      numeric[column] = numeric[column] and (text == 'NULL' or tonumber(text) ~= nil)
    end
  end
  local function line(texts)
    local padded = {}
    for column, text in ipairs(texts) do
      local padding = (' '):rep(widths[column] - vim.fn.strdisplaywidth(text))
      padded[column] = numeric[column] and padding .. text or text .. padding
    end
    return (table.concat(padded, '  '):gsub('%s+$', ''))
  end
  local rules = vim.tbl_map(function(width)
    return ('─'):rep(width)
  end, widths)
  local lines = { line(header), line(rules) }
  for _, texts in ipairs(cells) do
    table.insert(lines, line(texts))
  end
  return lines
end

--- A run's summary and table; messages of more than one line follow the table in full.
---@param title string
---@param result table RunResult of docs/protocol.md
---@return string[]
function M.run_lines(title, result)
  local rows, messages = {}, {}
  for _, node in ipairs(result.results or {}) do
    local message = node.message ~= vim.NIL and node.message or ''
    table.insert(rows, { node.status, node.uniqueId, ('%.2fs'):format(node.executionTime or 0), vim.split(message, '\n')[1] })
    if message:find('\n') or vim.fn.strdisplaywidth(message) > MAX_CELL_WIDTH then
      vim.list_extend(messages, { '', node.uniqueId .. ':' })
      for _, text in ipairs(vim.split(vim.trim(message), '\r?\n')) do
        table.insert(messages, '  ' .. text)
      end
    end
  end
  local lines = { title .. ': ' .. result.summary }
  if #rows > 0 then
    table.insert(lines, '')
    vim.list_extend(lines, M.table_lines({ 'status', 'node', 'time', 'message' }, rows))
  end
  return vim.list_extend(lines, messages)
end

--- Rows with the side that has them before them: `+` the query, `-` the relation.
---@param title string
---@param result table DiffResult of docs/protocol.md
---@return string[]
function M.diff_lines(title, result)
  local summary = ('%d rows added, %d removed (%d before, %d after)'):format(
    result.added,
    result.removed,
    result.before,
    result.after
  )
  local lines = { title .. ': ' .. summary }
  for _, change in ipairs({ 'added', 'removed' }) do
    local names = result[change .. 'Columns']
    if #names > 0 then
      table.insert(lines, ('columns %s: %s'):format(change, table.concat(names, ', ')))
    end
  end
  for _, column in ipairs(result.retypedColumns) do
    table.insert(lines, ('%s: %s → %s'):format(column.name, column.before, column.after))
  end
  local rows = {}
  for _, row in ipairs(result.rows) do
    local cells = { row.change == 'added' and '+' or '-' }
    for index in ipairs(result.columns) do
      cells[index + 1] = row.values[index]
    end
    table.insert(rows, cells)
  end
  if #rows > 0 then
    table.insert(lines, '')
    vim.list_extend(lines, M.table_lines(vim.list_extend({ '' }, result.columns), rows))
  end
  return lines
end

---@param title string
---@param result table PreviewResult of docs/protocol.md
---@return string[]
function M.preview_lines(title, result)
  local names = vim.tbl_map(function(column)
    return column.name
  end, result.columns)
  local count = ('%d %s'):format(#result.rows, #result.rows == 1 and 'row' or 'rows')
  if result.truncated then
    count = 'the first ' .. count
  end
  local lines = { ('%s: %s in %d ms'):format(title, count, result.elapsedMs), '' }
  return vim.list_extend(lines, M.table_lines(names, result.rows))
end

---@param bufnr integer
local function highlight(bufnr)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  for row, text in ipairs(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)) do
    for status, group in pairs(status_highlights) do
      if vim.startswith(text, status .. ' ') then
        vim.api.nvim_buf_set_extmark(bufnr, namespace, row - 1, 0, { end_col = #status, hl_group = group })
      end
    end
  end
  vim.api.nvim_buf_set_extmark(bufnr, namespace, 0, 0, { line_hl_group = 'Title' })
end

---@return integer bufnr the one buffer for results
local function results_buffer()
  local name = 'dagsmith://results'
  local found = vim.fn.bufnr('^' .. name .. '$')
  if found ~= -1 then
    return found
  end
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(bufnr, name)
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.keymap.set('n', 'q', '<cmd>close<cr>', { buffer = bufnr, nowait = true, desc = 'Close the results' })
  return bufnr
end

--- Shows lines in the results window. The cursor stays where it is.
---@param lines string[]
---@param filetype? string
---@return integer bufnr
function M.show(lines, filetype)
  local bufnr = results_buffer()
  -- Of a lineage that was shown before.
  pcall(vim.keymap.del, 'n', '<CR>', { buffer = bufnr })
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].filetype = filetype or 'dagsmith'
  local height = math.max(1, math.min(#lines, options.get().height))
  local window = vim.fn.bufwinid(bufnr)
  if window == -1 then
    window = vim.api.nvim_open_win(bufnr, false, { split = 'below', win = -1, height = height })
    vim.wo[window].wrap = false
    vim.wo[window].number = false
    vim.wo[window].relativenumber = false
    vim.wo[window].winfixheight = true
  else
    vim.api.nvim_win_set_height(window, height)
  end
  vim.api.nvim_win_set_cursor(window, { 1, 0 })
  if not filetype then
    highlight(bufnr)
  end
  return bufnr
end

return M
