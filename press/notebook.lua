--[[ A numbered chapter as the cells of a notebook. Jupyter shows plain Markdown, so divs are opened: callouts, theorems and
proofs become a bold title and their text, set off as a quotation where no cell interrupts them; references become text.
`press.notebooks` marks where code cells stand.
Writes a JSON array of {"markdown": "…"} and {"cell": n} to the file `press-pieces`. ]]

local common = dofile(pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), "common.lua" })
local text = pandoc.utils.stringify
local labels, links, pieces, pending = {}, {}, {}, pandoc.Blocks {}
local chapter, folder, page = "", "", ""

local function flush()
  if #pending == 0 then return end
  local words = pandoc.write(pandoc.Pandoc(pending), "gfm+tex_math_dollars-tex_math_gfm", { wrap_text = "none" })
  if words:match("%S") then table.insert(pieces, { markdown = (words:gsub("%s+$", "")) }) end
  pending = pandoc.Blocks {}
end

local function inlines(div) return div.content[1] and div.content[1].content or pandoc.Inlines {} end

local function plain(word) return (word:gsub("\u{a0}", " ")) end

local function title(div, word)
  local name = inlines(div)
  return pandoc.Para { pandoc.Strong((word and common.title(plain(word), name) or name) .. { pandoc.Str(".") }) }
end

local function captioned(word, caption)
  local label = pandoc.Inlines { pandoc.Strong { pandoc.Str(plain(word) .. ".") }, pandoc.Space() }
  return pandoc.Para((word ~= "" and label or pandoc.Inlines {}) .. caption)
end

local function holds_cell(blocks)
  local found = false
  blocks:walk { Div = function(inner) found = found or inner.classes:includes("press-cell") end }
  return found
end

local emit

-- A block with a title, in the rules of a quotation where it is of one piece.
local function titled(head, blocks)
  if holds_cell(blocks) then
    pending:insert(head)
    for _, block in ipairs(blocks) do emit(block) end
    return
  end
  local outer = pending
  pending = pandoc.Blocks { head }
  for _, block in ipairs(blocks) do emit(block) end
  outer:insert(pandoc.BlockQuote(pending))
  pending = outer
end

-- In a notebook the lab is a picture; the page has the live one.
local function live(el)
  if el.attributes.lab ~= "true" or page == "" then return pandoc.Inlines {} end
  return pandoc.Inlines { pandoc.Space(), pandoc.Emph { pandoc.Link("The live lab is on the web.", page .. "#" .. el.identifier) } }
end

local function div(el)
  local kind, word, number, cell = el.attributes.kind, el.attributes.word, el.attributes.number, el.attributes.cell
  if el.identifier == "press-chapter-title" then
    local prefix = chapter
    pending:insert(pandoc.Header(1, (prefix ~= "" and pandoc.Inlines(prefix .. " ") or pandoc.Inlines {}) .. inlines(el)))
    if page ~= "" then pending:insert(pandoc.Para { pandoc.Emph { pandoc.Link("This chapter on the web", page) } }) end
  elseif el.classes:includes("press-cell") then
    flush()
    table.insert(pieces, { cell = tonumber(cell) })
    if el.classes:includes("press-float") then
      local caption = inlines(el.content[#el.content])
      pending:insert(captioned(word, caption .. live(el)))
    end
  elseif el.classes:includes("press-float") then
    local caption = inlines(el.content[#el.content])
    el.content:remove(#el.content)
    for _, block in ipairs(el.content) do emit(block) end
    pending:insert(captioned(word, caption))
  elseif el.classes:includes("press-theorem") or el.classes:includes("press-proof") or el.classes:includes("press-callout")
    or el.classes:includes("press-tab") then
    local name = el.content:remove(1)
    if el.classes:includes("press-callout") and not number and #inlines(name) > 0 then word = nil end
    if kind == "proof" then
      local last = el.content[#el.content]
      if last and last.t == "Para" then last.content:extend { pandoc.Space(), pandoc.Str("∎") }
      else el.content:insert(pandoc.Para { pandoc.Str("∎") }) end
    end
    titled(title(name, word), el.content)
  elseif el.identifier == "refs" and #el.content > 0 then
    pending:insert(pandoc.Header(2, "References"))
    for _, block in ipairs(el.content) do pending:extend(block.content or {}) end
  else
    for _, block in ipairs(el.content) do emit(block) end
  end
end

emit = function(block)
  if block.t == "Div" then div(block)
  elseif (block.t == "BulletList" or block.t == "OrderedList") and holds_cell(pandoc.Blocks { block }) then
    for _, item in ipairs(block.content) do for _, inner in ipairs(item) do emit(inner) end end
  elseif block.t ~= "RawBlock" then pending:insert(block) end
end

local function reference(cite)
  return common.references(cite, labels, " ", function(words) return words end)
end

-- To another chapter's notebook, else to its page; where there is neither, only the words.
local function link(el)
  if el.target:match("^%a+:") then return nil end
  local path, anchor = el.target:match("^([^#]*)(.*)$")
  local target = links[common.inside(folder, path)]
  if not target then return el.content end
  el.target = target .. (target:match("%.ipynb$") and "" or anchor)
  return el
end

local function span(el)
  if el.classes:includes("press-equation") then
    el.content[1].text = el.content[1].text:gsub("^%s+", ""):gsub("%s+$", "") .. " \\tag{" .. el.attributes.number .. "}"
  end
  return el.content
end

function Pandoc(doc)
  local meta = doc.meta
  local book = common.read(meta, "press-labels")
  labels, links, folder = book.labels, book.links, book.folder
  chapter, page = text(meta["press-chapter"] or ""), text(meta["press-page"] or "")
  doc = doc:walk {
    Cite = function(cite) return reference(cite) or cite.content end, Span = span, Link = link,
    Header = function(header)
      if header.attributes.number then header.content:insert(1, pandoc.Str(header.attributes.number .. " ")) end
      header.attr = pandoc.Attr()
      return header
    end,
    Image = function(image)
      if not image.src:match("^%a+:") then image.src = "../" .. image.src end
      return image
    end,
    RawInline = function() return {} end,
    Math = function(math)
      math.text = math.text:gsub("^%s+", ""):gsub("%s+$", ""):gsub("%s*\n%s*", " ") -- no line's "> " inside formulas
      return math
    end,
    CodeBlock = function(code)
      code.attr = pandoc.Attr("", { code.classes[1] })
      return code
    end,
  }
  for _, block in ipairs(doc.blocks) do emit(block) end
  flush()
  common.write(meta, "press-pieces", pieces)
end
