--[[ What Quarto's PDF lacks and press's has: a figure tells where its interactive version is, a link to a chapter's file
leads to the chapter (with a state of the lab, to the web), a proof has an end mark and room after it, the list of
references hangs, no running head has another chapter's number. This filter runs before Quarto's own, as long as floats
and proofs are known as such. Comments say which chapter of the book follows. ]]

if not quarto or not FORMAT:match("typst") then return {} end

local site, file, titles, number, uncounted = "", nil, {}, nil, false

local function chapter(block)
  local given = block.text:match("^<!%-%- quarto%-file%-metadata: (%S+) %-%->")
  local item = given and quarto.json.decode(quarto.base64.decode(given)) or {}
  if type(item.bookItemFile) ~= "string" then return end
  file, number = item.bookItemFile, item.bookItemType == "chapter" and tonumber(item.bookItemNumber) or nil
end

local function raw(source) return pandoc.RawBlock("typst", source) end

local function title(header)
  if header.level > 1 or not file or titles[file] then return nil end
  if header.identifier == "" then header.identifier = "chapter-" .. file:gsub("%W+", "-") end
  titles[file] = header.identifier
  -- Running heads name the last number that was counted: a chapter without one counts as none, the next goes on.
  local before = uncounted
  uncounted = header.classes:includes("unnumbered")
  if uncounted then return { header, raw("#counter(heading).update(0)") } end
  if before and number and number > 1 then return { raw(("#counter(heading).update(%d)"):format(number - 1)), header } end
  return header
end

local function page(source) return site .. "/" .. source:gsub("%.qmd$", ".html") .. "#" end

local function figure(float)
  if site == "" or not file or not float.identifier:match("^fig%-") then return nil end
  local link = pandoc.Link("Interactive on the web.", page(file) .. float.identifier)
  float.caption_long.content:extend { pandoc.Space(), link }
  return float
end

-- The path in the book of a file that this chapter names.
local function inside(path)
  local steps = pandoc.List {}
  for step in (pandoc.path.directory(file or "") .. "/" .. path):gmatch("[^/]+") do
    if step == ".." then steps:remove() elseif step ~= "." then steps:insert(step) end
  end
  return table.concat(steps, "/")
end

-- An anchor with "=" is a state of the lab. What has no place in print is only words.
local function link(el)
  local path, anchor = el.target:match("^([^:#?]+%.qmd)#?(.*)$")
  if not path then return nil end
  local state = anchor:match("=")
  local target = state and site ~= "" and page(inside(path)) .. anchor
    or not state and (anchor ~= "" and "#" .. anchor or titles[inside(path)] and "#" .. titles[inside(path)])
  if not target then return el.content end
  el.target = target
  return el
end

local function proof(el)
  local blocks = el.div.content
  local last = blocks[#blocks]
  if el.type:lower() == "proof" then
    local mark = pandoc.RawInline("typst", "#h(1fr)#sym.wj#box($square$)")
    if last and last.t == "Para" then last.content:insert(mark) else blocks:insert(pandoc.Plain { mark }) end
  end
  blocks:insert(raw("#v(.6em)"))
  return el
end

local function references(div)
  if div.identifier ~= "refs" then return nil end
  return { raw("#[\n#set par(hanging-indent: 1.5em, first-line-indent: 0em)"), div, raw("]") }
end

return {
  { Meta = function(meta)
    site = pandoc.utils.stringify((meta.book or {})["site-url"] or ""):gsub("/$", "")
  end },
  { traverse = "topdown", RawBlock = chapter, Header = title },
  { traverse = "topdown", RawBlock = chapter, FloatRefTarget = figure, Link = link, Proof = proof, Div = references },
}
