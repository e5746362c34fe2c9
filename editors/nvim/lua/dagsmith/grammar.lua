--- Colours by tree-sitter for the SQL of dbt projects: installing the grammar, and starting it.
---
--- The grammar is in `grammars/tree-sitter-dagsmith` of the checkout that the plugin is in. Nothing is installed before `:Dagsmith grammar`, which
--- needs a C compiler; without it files keep the colours that they had.

local options = require('dagsmith.options')
local project = require('dagsmith.project')

local M = {}

local LANGUAGE = 'dagsmith'

--- The file types of templates; the plugin does not choose one, and asks for no other.
M.filetypes = { 'sql', 'jinja', 'sql.jinja', 'jinja.sql', 'dbt' }

---@return string folder of the grammar's sources
function M.source()
  local plugin = vim.fs.dirname(vim.fs.dirname(vim.fs.dirname(debug.getinfo(1, 'S').source:sub(2))))
  local folder = options.get().grammar or vim.fs.joinpath(plugin, '../../grammars/tree-sitter-dagsmith')
  return vim.fs.normalize(vim.uv.fs_realpath(vim.fn.expand(folder)) or folder)
end

--- A folder that 'runtimepath' has by default.
---@return string
local function site()
  return vim.fs.joinpath(vim.fn.stdpath('data') --[[@as string]], 'site')
end

---@return string? parser its file
function M.parser()
  return vim.api.nvim_get_runtime_file('parser/' .. LANGUAGE .. '.*', false)[1]
end

---@param path string
---@return integer seconds
local function modified(path)
  local stat = vim.uv.fs_stat(path)
  return stat and stat.mtime.sec or 0
end

---@return boolean whether the sources have changed since the parser was made of them
function M.outdated()
  local made = modified(M.parser() or '')
  for path in vim.fs.dir(M.source(), { depth = 2 }) do
    local is_source = vim.startswith(path, 'src/') or vim.startswith(path, 'queries/')
    if is_source and modified(vim.fs.joinpath(M.source(), path)) > made then
      return true
    end
  end
  return false
end

---@return string? compiler
local function find_compiler()
  for _, name in ipairs({ vim.env.CC or 'cc', 'gcc', 'clang', 'zig' }) do
    if vim.fn.executable(name) == 1 then
      return name
    end
  end
end

---@param compiler string
---@param parser string the file to write
---@return string[]
local function command_line(compiler, parser)
  local source = vim.fs.joinpath(M.source(), 'src')
  local arguments = { '-shared', '-fPIC', '-Os', '-o', parser, '-I', source }
  vim.list_extend(arguments, { vim.fs.joinpath(source, 'parser.c'), vim.fs.joinpath(source, 'scanner.c') })
  local program = compiler == 'zig' and { 'zig', 'cc' } or { compiler }
  return vim.list_extend(program, arguments)
end

--- Takes the queries to where Neovim finds them, beside the parser that they fit.
local function copy_queries()
  local to = vim.fs.joinpath(site(), 'queries', LANGUAGE)
  vim.fn.mkdir(to, 'p')
  local from = vim.fs.joinpath(M.source(), 'queries')
  for name in vim.fs.dir(from) do
    assert(vim.uv.fs_copyfile(vim.fs.joinpath(from, name), vim.fs.joinpath(to, name)))
  end
end

--- Compiles the parser and copies the queries. Buffers that are open get their colours at once.
---@param done? fun(problem?: string)
function M.install(done)
  done = done or function(problem)
    local level = problem and vim.log.levels.ERROR or vim.log.levels.INFO
    vim.notify('dagsmith: ' .. (problem or 'the grammar is installed'), level)
  end
  if not vim.uv.fs_stat(vim.fs.joinpath(M.source(), 'src/parser.c')) then
    return done(('no grammar in %s; set `vim.g.dagsmith = { grammar = "…/grammars/tree-sitter-dagsmith" }`'):format(M.source()))
  end
  local compiler = find_compiler()
  if not compiler then
    return done('the grammar needs a C compiler on PATH (cc, gcc, clang or zig)')
  end
  local parser = vim.fs.joinpath(site(), 'parser', LANGUAGE .. '.so')
  vim.fn.mkdir(vim.fs.dirname(parser), 'p')
  -- Beside it, and then renamed: a parser that is loaded must not change under Neovim's feet.
  local written = parser .. '.new'
  vim.system(command_line(compiler, written), { text = true }, vim.schedule_wrap(function(result)
    if result.code ~= 0 then
      return done(compiler .. ' failed: ' .. vim.trim(result.stderr))
    end
    local ok, problem = pcall(copy_queries)
    if ok then
      ok, problem = vim.uv.fs_rename(written, parser)
    end
    if not ok then
      return done(tostring(problem))
    end
    -- Neovim remembers which folders of the path there were; this one may be new.
    vim.o.runtimepath = vim.o.runtimepath
    for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
      if vim.api.nvim_buf_is_loaded(bufnr) and vim.list_contains(M.filetypes, vim.bo[bufnr].filetype) then
        M.start(bufnr)
      end
    end
    done()
  end))
end

--- Colours a file of a dbt project, if the grammar is installed.
---@param bufnr integer
function M.start(bufnr)
  if not options.get().colours or not project.root(vim.api.nvim_buf_get_name(bufnr)) or not M.parser() then
    return
  end
  local ok, problem = pcall(vim.treesitter.start, bufnr, LANGUAGE)
  if not ok then
    vim.notify_once(('dagsmith: the grammar cannot be used, `:Dagsmith grammar` makes it anew: %s'):format(problem), vim.log.levels.WARN)
    return
  end
  -- Without a parser for SQL what is between the tags keeps the colours of Neovim's own syntax file.
  if #vim.api.nvim_get_runtime_file('parser/sql.*', false) == 0 then
    vim.bo[bufnr].syntax = 'sql'
  end
end

return M
