--- Waits for quiet: a callback that runs once nothing has poked it for a while.

---@param delay integer milliseconds
---@param callback fun()
---@return fun() poke restarts the wait
---@return fun() stop no call comes after it
return function(delay, callback)
  local timer = assert(vim.uv.new_timer())
  local on_quiet = vim.schedule_wrap(function()
    if not timer:is_closing() then
      callback()
    end
  end)
  local function poke()
    if not timer:is_closing() then
      timer:start(delay, 0, on_quiet)
    end
  end
  local function stop()
    if not timer:is_closing() then
      timer:close()
    end
  end
  return poke, stop
end
