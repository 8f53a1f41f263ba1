--[[ A figure in Quarto's PDF tells where its interactive version is, as one in press's PDF does, and a link to a state of
the lab leads to the web. This filter runs before Quarto's own, as long as a figure has a caption to add to and a link its
file. Comments say which chapter of the book follows. ]]

if not quarto or not FORMAT:match("typst") then return {} end

local site, page = "", nil

local function chapter(block)
  local given = block.text:match("^<!%-%- quarto%-file%-metadata: (%S+) %-%->")
  local file = given and quarto.json.decode(quarto.base64.decode(given)).bookItemFile
  if type(file) == "string" then page = file:gsub("%.qmd$", ".html") end
end

local function figure(float)
  if site == "" or not page or not float.identifier:match("^fig%-") then return nil end
  local link = pandoc.Link("Interactive on the web.", site .. "/" .. page .. "#" .. float.identifier)
  float.caption_long.content:extend { pandoc.Space(), link }
  return float
end

-- "../lab.qmd#try=…" from a chapter's folder is lab.html of the site; an anchor with "=" is a state of the lab.
local function state(link)
  local path, anchor = link.target:match("^([^#:]+)%.qmd(#.*=.*)$")
  if site == "" or not path then return nil end
  local folder = (page or ""):match("^(.*/)") or ""
  while path:match("^%.%./") do path, folder = path:sub(4), folder:gsub("[^/]+/$", "") end
  link.target = site .. "/" .. folder .. path .. ".html" .. anchor
  return link
end

return {
  { Meta = function(meta)
    site = pandoc.utils.stringify((meta.book or {})["site-url"] or ""):gsub("/$", "")
  end },
  { traverse = "topdown", RawBlock = chapter, FloatRefTarget = figure, Link = state },
}
