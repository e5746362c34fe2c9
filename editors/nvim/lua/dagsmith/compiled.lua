--- The live compiled view: a read-only split with the SQL that a model compiles to, following its edits.
---
--- One view a source buffer. Answers to older questions are dropped, so that the view never goes back in time.

local debounce = require('dagsmith.debounce')
local options = require('dagsmith.options')

local M = {}

---@class dagsmith.View
---@field bufnr integer the buffer that shows the SQL
---@field poke fun()
---@field stop fun()
---@field question integer number of the last request sent
---@field result? table CompiledResult of docs/protocol.md: what is shown

---@type table<integer, dagsmith.View> by source buffer
local views = {}

--- What the view shows: the errors as comments, then the text.
---@param result {text: string, errors?: lsp.Diagnostic[]}
---@return string[]
function M.lines(result)
  local lines = {}
  for _, problem in ipairs(result.errors or {}) do
    local message = problem.message:gsub('%s*\n%s*', ' ')
    table.insert(lines, ('-- error in line %d: %s'):format(problem.range.start.line + 1, message))
  end
  if result.text ~= '' then
    vim.list_extend(lines, vim.split(result.text:gsub('\n$', ''), '\n', { plain = true }))
  end
  return lines
end

local namespace = vim.api.nvim_create_namespace('dagsmith.compiled')

--- Marks what is wrong in the compiled text where it stands, also where a macro wrote it.
---@param bufnr integer
---@param result table CompiledResult of docs/protocol.md
---@param encoding string
local function mark(bufnr, result, encoding)
  local header = #(result.errors or {})
  local found = {}
  for _, problem in ipairs(result.problems or {}) do
    local start, stop = problem.range.start, problem.range['end']
    local function byte(at)
      local row = at.line + header
      local text = vim.api.nvim_buf_get_lines(bufnr, row, row + 1, false)[1] or ''
      return row, vim.str_byteindex(text, encoding, at.character, false)
    end
    local row, column = byte(start)
    local end_row, end_column = byte(stop)
    table.insert(found, {
      lnum = row,
      col = column,
      end_lnum = end_row,
      end_col = end_column,
      severity = problem.severity,
      message = problem.message,
      code = problem.code,
      source = 'dagsmith',
    })
  end
  vim.diagnostic.set(namespace, bufnr, found)
end

--- Where the piece at a place of the view comes from. Pure.
---@param result table CompiledResult of docs/protocol.md
---@param line integer of the view, from 0
---@param character integer in the protocol's encoding
---@return lsp.Range?
function M.source_of(result, line, character)
  line = line - #(result.errors or {})
  local function before(a_line, a_character, b)
    return a_line < b.line or (a_line == b.line and a_character < b.character)
  end
  for _, piece in ipairs(result.pieces or {}) do
    local from, to = piece.compiled.start, piece.compiled['end']
    if not before(line, character, from) and before(line, character, to) then
      if not piece.literal then
        return piece.source
      end
      local start = piece.source.start
      local first = line == from.line
      local at = {
        line = start.line + line - from.line,
        character = first and start.character + character - from.character or character,
      }
      return { start = at, ['end'] = at }
    end
  end
end

---@param bufnr integer
---@param lines string[]
local function show(bufnr, lines)
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].modified = false
end

---@param source integer
local function close(source)
  local view = views[source]
  if not view then
    return
  end
  views[source] = nil
  view.stop()
  if vim.api.nvim_buf_is_valid(view.bufnr) then
    vim.api.nvim_buf_delete(view.bufnr, { force = true })
  end
end

--- Asks again what the buffer compiles to, if it has a view.
---@param source integer
function M.refresh(source)
  local view = views[source]
  local client = vim.lsp.get_clients({ name = 'dagsmith', bufnr = source })[1]
  if not view or not client then
    return
  end
  view.question = view.question + 1
  local question = view.question
  local params = { textDocument = { uri = vim.uri_from_bufnr(source) } }
  client:request('dagsmith/compiled', params, function(err, result)
    if views[source] ~= view or view.question ~= question or not vim.api.nvim_buf_is_valid(view.bufnr) then
      return
    end
    show(view.bufnr, err and { '-- ' .. err.message } or M.lines(result))
    view.result = not err and result or nil
    mark(view.bufnr, view.result or {}, client.offset_encoding)
  end, source)
end

---@param uri string
function M.refresh_uri(uri)
  for source in pairs(views) do
    if vim.uri_from_bufnr(source) == uri then
      M.refresh(source)
    end
  end
end

--- From the cursor in a view to what made the text there.
---@param source integer
local function go_to_source(source)
  local view = views[source]
  local client = vim.lsp.get_clients({ name = 'dagsmith', bufnr = source })[1]
  if not view or not view.result or not client then
    return
  end
  local position = vim.lsp.util.make_position_params(0, client.offset_encoding).position
  local range = M.source_of(view.result, position.line, position.character)
  if range then
    local location = { uri = vim.uri_from_bufnr(source), range = range }
    vim.lsp.util.show_document(location, client.offset_encoding, { focus = true, reuse_win = true })
  end
end

---@param source integer
---@return integer bufnr
local function new_view(source)
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(bufnr, 'dagsmith-compiled://' .. vim.api.nvim_buf_get_name(source))
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.bo[bufnr].filetype = 'sql'
  vim.bo[bufnr].modifiable = false
  vim.keymap.set('n', 'q', '<cmd>close<cr>', { buffer = bufnr, nowait = true, desc = 'Close the compiled view' })
  vim.keymap.set('n', '<CR>', function()
    go_to_source(source)
  end, { buffer = bufnr, desc = 'Go to what made this' })

  local poke, stop = debounce(options.get().delay, function()
    M.refresh(source)
  end)
  views[source] = { bufnr = bufnr, poke = poke, stop = stop, question = 0 }
  local function still_open()
    return views[source] ~= nil and views[source].bufnr == bufnr
  end
  -- Returning true from a callback detaches it.
  vim.api.nvim_buf_attach(source, false, {
    on_lines = function()
      if not still_open() then
        return true
      end
      poke()
    end,
    on_reload = function()
      if still_open() then
        poke()
      end
    end,
    on_detach = vim.schedule_wrap(function()
      if still_open() and not vim.api.nvim_buf_is_loaded(source) then
        close(source)
      end
    end),
  })
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = bufnr,
    once = true,
    callback = function()
      if still_open() then
        stop()
        views[source] = nil
      end
    end,
  })
  return bufnr
end

--- Opens the view beside the buffer's window, or only refreshes the one that is open. The cursor stays where it is.
---@param source integer
---@return integer bufnr
function M.open(source)
  local view = views[source]
  local bufnr = view and view.bufnr or new_view(source)
  if vim.fn.bufwinid(bufnr) == -1 then
    local window = vim.api.nvim_open_win(bufnr, false, { split = 'right', win = 0 })
    vim.wo[window].wrap = false
  end
  M.refresh(source)
  return bufnr
end

return M
