--- A small test harness: named tests, waiting on conditions instead of sleeping, one closing line with the counts.
---
--- `run.sh` gives each file of tests a Neovim of its own, with the plugin on 'runtimepath' and no other configuration.

local M = {}

--- How long a condition may take to come true. Never waited for in full unless the test fails.
local TIMEOUT_MS = tonumber(vim.env.DAGSMITH_TEST_TIMEOUT_MS) or 20000

local tests = {}

---@param name string
---@param body fun()
function M.test(name, body)
  table.insert(tests, { name = name, body = body })
end

---@generic T
---@param what string what is waited for, said when it does not come
---@param condition fun(): T?
---@return T
function M.wait(what, condition)
  local value
  local ok = vim.wait(TIMEOUT_MS, function()
    value = condition()
    return value ~= nil and value ~= false
  end, 10)
  if not ok then
    error('waited in vain for ' .. what, 2)
  end
  return value
end

---@param expected any
---@param actual any
function M.equal(expected, actual)
  if not vim.deep_equal(expected, actual) then
    error(('expected %s\n  but got %s'):format(vim.inspect(expected), vim.inspect(actual)), 2)
  end
end

---@param text string
---@param part string
function M.contains(text, part)
  if not text:find(part, 1, true) then
    error(('expected `%s` in:\n%s'):format(part, text), 2)
  end
end

---@param bufnr integer
---@return string
function M.text(bufnr)
  return table.concat(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false), '\n')
end

--- The text of the results window, nil while there is none.
---@return string?
function M.results()
  local bufnr = vim.fn.bufnr('^dagsmith://results$')
  if bufnr ~= -1 and vim.fn.bufwinid(bufnr) ~= -1 then
    return M.text(bufnr)
  end
end

--- Everything that was said with `vim.notify` since the last `clear`.
M.notifications = {}

function M.clear()
  M.notifications = {}
end

---@param files table<string, string> content by path
---@return string folder
function M.folder(files)
  local folder = vim.uv.fs_realpath(vim.fs.dirname(vim.fn.tempname())) .. '/' .. vim.uv.hrtime()
  for path, content in pairs(files) do
    local full = vim.fs.joinpath(folder, path)
    vim.fn.mkdir(vim.fs.dirname(full), 'p')
    vim.fn.writefile(vim.split(content, '\n', { plain = true }), full)
  end
  return folder
end

local function run()
  vim.notify = function(message)
    table.insert(M.notifications, message)
  end
  vim.notify_once = vim.notify
  local passed, failed = 0, 0
  for _, it in ipairs(tests) do
    M.clear()
    local ok, problem = xpcall(it.body, debug.traceback)
    if ok then
      passed = passed + 1
      io.stdout:write('ok   ' .. it.name .. '\n')
    else
      failed = failed + 1
      local said = table.concat(M.notifications, '\n  ')
      io.stdout:write(('FAIL %s\n  %s\n  notifications: %s\n'):format(it.name, problem:gsub('\n', '\n  '), said))
    end
    -- The windows and buffers of one test are not the next one's business.
    vim.cmd('silent! %bwipeout!')
  end
  for _, client in ipairs(vim.lsp.get_clients()) do
    client:stop()
  end
  vim.wait(2000, function()
    return #vim.lsp.get_clients() == 0
  end, 10)
  io.stdout:write(('%d passed, %d failed\n'):format(passed, failed))
  vim.cmd(failed == 0 and passed > 0 and 'qall!' or 'cquit! 1')
end

--- Runs the tests once Neovim has started: `-c` comes before VimEnter, `vim.lsp.enable` looks for it.
function M.run()
  vim.schedule(run)
end

return M
