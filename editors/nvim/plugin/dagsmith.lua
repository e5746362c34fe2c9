--- What happens without `require`: the `:Dagsmith` command, the server and the colours for files of dbt projects.
---
--- Nothing of `lua/dagsmith` is loaded for other files, except what is needed to tell them apart.

if vim.g.loaded_dagsmith then
  return
end
vim.g.loaded_dagsmith = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.notify('dagsmith needs Neovim 0.11 or newer', vim.log.levels.ERROR)
  return
end

vim.api.nvim_create_user_command('Dagsmith', function(args)
  require('dagsmith.commands').execute(args)
end, {
  nargs = '*',
  range = true,
  desc = 'Run, build, test, compile or preview a dbt model',
  complete = function(lead, line)
    return require('dagsmith.commands').complete(lead, line)
  end,
})

vim.api.nvim_create_autocmd('LspAttach', {
  group = vim.api.nvim_create_augroup('dagsmith.attach', {}),
  desc = 'Code lenses and the compiled view for dbt models',
  callback = function(args)
    local client = vim.lsp.get_client_by_id(args.data.client_id)
    if client and client.name == 'dagsmith' then
      require('dagsmith').on_attach(client, args.buf)
    end
  end,
})

vim.api.nvim_create_autocmd('FileType', {
  group = vim.api.nvim_create_augroup('dagsmith.colours', {}),
  pattern = require('dagsmith.grammar').filetypes,
  desc = 'Colours for templates of dbt projects',
  callback = function(args)
    require('dagsmith.grammar').start(args.buf)
  end,
})

if require('dagsmith.options').get().enabled then
  vim.lsp.enable('dagsmith')
end
