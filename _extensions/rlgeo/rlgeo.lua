--[[ Add the web bundle (figure loader, styles, fonts) to every HTML page that the Quarto CLI renders.
press copies the same files itself; it does not run this filter. ]]

if not quarto then return {} end

local function resources(folder, found)
  local place = quarto.utils.resolve_path(folder)
  local listed, names = pcall(pandoc.system.list_directory, place)
  if not listed then return found end
  table.sort(names)
  for _, name in ipairs(names) do
    local path = folder .. "/" .. name
    if name:match("%.%w+$") then
      if not name:match("%.cjs$") then table.insert(found, { name = (path:gsub("^dist/", "")), path = path }) end
    else
      resources(path, found)
    end
  end
  return found
end

return {
  Meta = function()
    if not quarto.doc.is_format("html:js") then return nil end
    quarto.doc.add_html_dependency {
      name = "rlgeo",
      scripts = { { name = "rlgeo.js", path = "dist/rlgeo.js" } },
      stylesheets = {
        { name = "katex/katex.css", path = "dist/katex/katex.css" }, { name = "rlgeo.css", path = "dist/rlgeo.css" },
      },
      resources = resources("dist", {}),
    }
  end,
}
