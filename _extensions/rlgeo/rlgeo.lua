--[[ Add the web bundle (figure loader, styles, fonts, and the lab where a page has one) to every HTML page that the Quarto
CLI renders, links to a chapter's notebook, and how to cite it. press does both itself; it does not run this filter. ]]

if not quarto then return {} end

local COLAB = "https://colab.research.google.com/github/"

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

local function exists(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

-- Put each lab into a box that its styles can ask for its width; tell which of the elements with a script were there.
local function live_elements(doc)
  local found = {}
  local changed = doc:walk { RawBlock = function(block)
    if block.text:match("<rl%-race[ >]") then found.race = true end
    if not block.text:match("<rl%-lab[ >]") then return nil end
    found.lab = true
    return pandoc.Div({ block }, pandoc.Attr("", { "rl-lab-room" }))
  end }
  return changed, found
end

-- The chapter's notebook, where `make notebooks` has written one.
local function notebook_links(meta)
  local folder, stem = quarto.doc.input_file:match("^(.*)[/\\]([^/\\]+)%.qmd$")
  if not stem or not exists(folder .. "/notebooks/" .. stem .. ".ipynb") then return nil end
  local links = { ('<li><a href="notebooks/%s.ipynb" download>Download notebook</a></li>'):format(stem) }
  local book = meta.book or {}
  local repository = pandoc.utils.stringify(book["repo-url"] or ""):match("^https://github%.com/(.-)/?$")
  if repository then
    local branch = pandoc.utils.stringify(book["repo-branch"] or "main")
    local path = pandoc.path.make_relative(folder, quarto.project.directory or folder):gsub("\\", "/")
    local address = COLAB .. repository .. "/blob/" .. branch .. "/" .. path .. "/notebooks/" .. stem .. ".ipynb"
    table.insert(links, 1, '<li><a href="' .. address .. '">Open in Colab</a></li>')
  end
  return pandoc.RawBlock("html", '<ul class="rl-links" aria-label="This chapter elsewhere">' .. table.concat(links) .. "</ul>")
end

-- The page's path in the site, and its address where the book has one.
local function place(book)
  local path = pandoc.path.make_relative(quarto.doc.input_file, quarto.project.directory):gsub("\\", "/")
  local page, site = path:gsub("%.qmd$", ".html"), pandoc.utils.stringify(book["site-url"] or ""):gsub("/$", "")
  return page, site ~= "" and site .. "/" .. page or ""
end

-- What Quarto leaves out of a page's head: the paper's color for the browser's frame; the author, who is the book's where
-- a chapter names none; how a shared link looks.
local function head(meta, page, address)
  local function add(text) quarto.doc.include_text("in-header", text) end
  for _, look in ipairs { { "light", "#fdfcf9" }, { "dark", "#15171c" } } do
    add(('<meta name="theme-color" media="(prefers-color-scheme: %s)" content="%s">'):format(look[1], look[2]))
  end
  local who = meta.book and meta.book.author
  if who and not meta.author then add(('<meta name="author" content="%s">'):format(pandoc.utils.stringify(who))) end
  add(('<meta property="og:type" content="%s">'):format(page == "index.html" and "book" or "article"))
  local canonical = address:gsub("/index%.html$", "/") -- Quarto's name of the first page
  if address ~= "" then add(('<meta property="og:url" content="%s">'):format(canonical)) end
end

-- How to cite the chapter, as text and as BibTeX; how to cite the book is what its first page says.
local function citation(doc, page, address)
  local meta = doc.meta
  local book, say = meta.book or {}, pandoc.utils.stringify
  if not book.title or not meta.title or page == "404.html" or page == "index.html" then return nil end
  local title = say(meta.title):gsub("^%w+\u{a0}%s*", ""):gsub("^%w+ %w+ \u{2014} ", "") -- without the chapter's number
  doc:walk { Header = function(header) if header.level == 1 then title = say(header) end end } -- the book's is no page's
  local who, whole, year = say(book.author or book.title), say(book.title), os.date("%Y")
  local fields = { { "author", who }, { "title", title }, { "booktitle", whole }, { "year", year }, { "url", address } }
  local bibtex = "@incollection{" .. page:match("([^/]+)%.html$"):gsub("%W+", "-") .. ",\n"
  for _, field in ipairs(fields) do
    if field[2] ~= "" then bibtex = bibtex .. "  " .. field[1] .. " = {" .. field[2] .. "},\n" end
  end
  return {
    pandoc.RawBlock("html", '<details class="rl-citation"><summary>Cite this chapter</summary>'),
    pandoc.Para(("%s (%s). %s. In %s. %s"):format(who, year, title, whole, address)),
    pandoc.CodeBlock(bibtex .. "}"), pandoc.RawBlock("html", "</details>"),
  }
end

return {
  Pandoc = function(doc)
    if not quarto.doc.is_format("html:js") then return nil end
    local found
    doc, found = live_elements(doc)
    local scripts = { { name = "boot.js", path = "dist/boot.js" }, { name = "rlgeo.js", path = "dist/rlgeo.js" } }
    for _, name in ipairs { "lab", "race" } do
      local file = name .. ".js"
      if found[name] then table.insert(scripts, { name = file, path = "dist/" .. file, attribs = { defer = "defer" } }) end
    end
    local cells = false
    doc:walk { CodeBlock = function(block) cells = cells or block.classes:includes("cell-code") end }
    if (found.lab or cells) and exists(quarto.utils.resolve_path("dist/python/sizes.json")) then
      table.insert(scripts, { name = "python.js", path = "dist/python.js", attribs = { defer = "defer" } })
    end
    quarto.doc.add_html_dependency {
      name = "rlgeo",
      scripts = scripts,
      stylesheets = {
        { name = "katex/katex.css", path = "dist/katex/katex.css" }, { name = "rlgeo.css", path = "dist/rlgeo.css" },
      },
      resources = resources("dist", {}),
    }
    local links = notebook_links(doc.meta)
    if links then doc.blocks:insert(1, links) end
    if quarto.project.directory then
      local page, address = place(doc.meta.book or {})
      head(doc.meta, page, address)
      doc.blocks:extend(citation(doc, page, address) or {})
    end
    return doc
  end,
}
