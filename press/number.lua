--[[ First pass over a chapter (markdown -> json): number every labelled thing as a Quarto book does
and write what the chapter defines and uses to the file named by the metadata field `press-index`.
Counters restart in each chapter; a chapter's number is the prefix ("2.3", "A.1"); an unnumbered chapter has none. ]]

local FLOATS = { fig = "Figure", tbl = "Table", lst = "Listing" }
local THEOREMS = { thm = "Theorem", lem = "Lemma", cor = "Corollary", prp = "Proposition", cnj = "Conjecture",
  def = "Definition", exm = "Example", exr = "Exercise" }
local PROOFS = { rem = "Remark", sol = "Solution" }
local CALLOUTS = { nte = "Note", tip = "Tip", wrn = "Warning", imp = "Important", cau = "Caution" }
local WORDS = { eq = "Equation", sec = "Section" }
for _, kinds in ipairs { FLOATS, THEOREMS, PROOFS, CALLOUTS } do
  for kind, word in pairs(kinds) do WORDS[kind] = word end
end
local function set(names)
  local out = {}
  for name in names:gmatch("%S+") do out[name] = true end
  return out
end
-- Classes and attributes that Quarto documents and press has no form for: better a stop than a page that differs.
local COLUMNS = set "body body-outset page page-inset screen screen-inset"
local UNKNOWN = set [[appendix aside code-annotations code-line-numbers code-overflow-scroll code-overflow-wrap column
  columns fig-align fig-cap-location fig-link grid group landscape lightbox panel-center panel-fill panel-input
  panel-sidebar tbl-cap-location tbl-colwidths]]
local ENVIRONMENTS = { equation = "", align = "aligned", alignat = "alignedat", flalign = "aligned", gather = "gathered",
  multline = "gathered" }
local NBSP = "\u{a0}"
local FORMATS = { html = { html = true, ["html:js"] = true }, typst = { typst = true }, notebook = {} }

local common = dofile(pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), "common.lua" })
local text = pandoc.utils.stringify
local chapter, depth, format = "", 3, "html"
local counts, sections = {}, { 0, 0, 0, 0, 0, 0 }
local index = { entries = {}, references = {}, citations = {}, images = {}, figures = {}, errors = {} }

local function kind_of(id) return id:match("^(%a+)%-") end
local function fail(what, where) table.insert(index.errors, { message = what, where = where }) end
local function markdown(source) return pandoc.utils.blocks_to_inlines(pandoc.read(source, "markdown").blocks) end
local function part(class, inlines) return pandoc.Div(pandoc.Plain(inlines), pandoc.Attr("", { class })) end

local function number(kind, id)
  counts[kind] = (counts[kind] or 0) + 1
  local label = (chapter ~= "" and chapter .. "." or "") .. counts[kind]
  table.insert(index.entries, { id = id, word = WORDS[kind], number = label })
  return label
end

local function check(el)
  for _, class in ipairs(el.classes) do
    local column = class:match("^column%-(.+)$")
    if UNKNOWN[class] or column and not COLUMNS[column] then fail("the class ." .. class .. " is not supported", class) end
  end
  for key in pairs(el.attributes) do
    if UNKNOWN[key] or key:match("^layout") then fail("the attribute " .. key .. " is not supported", key .. "=") end
  end
end

-- The title of a callout, theorem or tab is an attribute or else the first heading inside it.
local function take_title(div, attribute)
  local given = div.attributes[attribute]
  div.attributes[attribute] = nil
  if given then return markdown(given) end
  local first = div.content[1]
  if first and first.t == "Header" then
    div.content:remove(1)
    return first.content
  end
  return pandoc.Inlines {}
end

local function float(div, kind)
  local caption = div.content[#div.content]
  if caption and caption.t == "Para" and #div.content > 1 then
    div.content:remove(#div.content)
    caption = caption.content
  else
    caption = pandoc.Inlines {}
    div:walk { Table = function(tbl) caption = pandoc.utils.blocks_to_inlines(tbl.caption.long) end }
  end
  if kind == "tbl" then
    div = div:walk { Table = function(tbl) tbl.caption = { long = {} } return tbl end }
  end
  div:walk { Div = function(inner)
    if FLOATS[kind_of(inner.identifier)] then fail("subfigures are not supported", inner.identifier) end
  end }
  local alt = div.attributes["fig-alt"] or text(caption:walk { Cite = function() return {} end })
  div.attributes["fig-alt"] = nil
  div = div:walk { Image = function(image)
    image.caption = pandoc.Inlines(image.attributes["fig-alt"] or alt)
    image.attributes["fig-alt"] = nil
    return image
  end }
  div.attributes.word = div.identifier ~= "" and FLOATS[kind] .. NBSP .. number(kind, div.identifier) or ""
  div.attributes.kind = kind
  div.classes:insert("press-float")
  div.content:insert(part("press-caption", caption))
  return div
end

local function tabset(div)
  local level, tabs = nil, pandoc.Blocks {}
  for _, block in ipairs(div.content) do
    level = level or (block.t == "Header" and block.level)
    if block.t == "Header" and block.level == level then
      local classes = { "press-tab", block.classes:includes("active") and "active" or nil }
      tabs:insert(pandoc.Div({ part("press-title", block.content) }, pandoc.Attr("", classes)))
    elseif #tabs > 0 then
      tabs[#tabs].content:insert(block)
    end
  end
  if #tabs == 0 then fail("a tabset has no headings to name its tabs", ".panel-tabset") end
  div.content = tabs
  return div
end

local function visible(el)
  if el.classes:includes("hidden") then return false end
  local hidden = el.classes:includes("content-hidden")
  if not hidden and not el.classes:includes("content-visible") then return true end
  local attributes = el.attributes
  for key in pairs(attributes) do
    if (key:match("^when%-") or key:match("^unless%-")) and not key:match("%-format$") then
      fail("conditional content knows only when-format and unless-format, not " .. key, key .. "=")
    end
  end
  local holds = true
  if attributes["when-format"] then holds = FORMATS[format][attributes["when-format"]] or false end
  if attributes["unless-format"] then holds = holds and not FORMATS[format][attributes["unless-format"]] end
  return holds ~= hidden
end

local function title_case(word) return word:sub(1, 1):upper() .. word:sub(2) end
local function has(words, word)
  for _, other in pairs(words) do if other == word then return true end end
end

-- A theorem, a proof or a callout: `kind` is its kind's name, `word` how it is called, with its number if it has one.
local function boxed(div, form, word, labeled)
  local kind = kind_of(div.identifier)
  div.content:insert(1, part("press-title", take_title(div, form == "callout" and "title" or "name")))
  div.attributes.kind = word:lower()
  div.attributes.word = word
  if labeled then
    div.attributes.number = number(kind, div.identifier)
    div.attributes.word = word .. (form == "callout" and NBSP or " ") .. div.attributes.number
  end
  if form == "proof" and not div.classes:includes(word:lower()) then div.classes:insert(word:lower()) end
  div.classes:insert("press-" .. form)
  return div
end

local function block_div(div)
  if not visible(div) then return {} end
  check(div)
  local kind = kind_of(div.identifier)
  if FLOATS[kind] then return float(div, kind) end
  if div.classes:includes("press-plain") then return float(div, div.attributes.kind) end
  if THEOREMS[kind] then return boxed(div, "theorem", THEOREMS[kind], true) end
  if PROOFS[kind] then return boxed(div, "proof", PROOFS[kind], true) end
  for _, class in ipairs(div.classes) do
    local word = class:match("^callout%-(.*)")
    if word then
      if not has(CALLOUTS, title_case(word)) then fail("there is no callout-" .. word, class) end
      local labeled = CALLOUTS[kind] == title_case(word)
      if CALLOUTS[kind] and not labeled then
        fail("the label of a callout-" .. CALLOUTS[kind]:lower() .. " is on another callout", div.identifier)
      end
      return boxed(div, "callout", title_case(word), labeled)
    elseif class == "proof" or has(PROOFS, title_case(class)) then
      return boxed(div, "proof", title_case(class), false)
    end
  end
  if CALLOUTS[kind] then fail("the label " .. div.identifier .. " is on a div of another kind", div.identifier) end
  if div.classes:includes("panel-tabset") then return tabset(div) end
  return div
end

local function heading(header)
  if header.level == 1 then
    fail("a second level-1 heading: a chapter has one title", text(header))
  end
  local plain = header.classes:includes("unnumbered") or chapter == ""
  check(header)
  local entry = { id = header.identifier, word = WORDS.sec, title = text(header), level = header.level }
  if not plain then
    sections[header.level] = sections[header.level] + 1
    for level = header.level + 1, 6 do sections[level] = 0 end
    local digits = { chapter }
    for level = 2, header.level do table.insert(digits, tostring(sections[level])) end
    -- A section that shows no number cannot be referred to by it; Quarto's PDF would fail.
    if header.level <= depth then entry.number = table.concat(digits, ".") end
    header.attributes.number = entry.number
  end
  if kind_of(header.identifier) == "sec" then table.insert(index.entries, entry) end
  return header
end

-- `$$…$$ {#eq-x}` becomes a span that holds the formula and its number.
local function equations(block)
  local out, pending = pandoc.Inlines {}, nil
  for _, inline in ipairs(block.content) do
    local id = pending and inline.t == "Str" and inline.text:match("^{#(eq%-[^}%s]+)}")
    if id then
      while out[#out] ~= pending do out:remove(#out) end
      out[#out] = pandoc.Span({ pending }, pandoc.Attr(id, { "press-equation" }, { number = number("eq", id) }))
      local rest = inline.text:match("^{#eq%-[^}%s]+}(.+)$")
      if rest then out:insert(pandoc.Str(rest)) end
      pending = nil
    else
      if inline.t == "Math" and inline.mathtype == "DisplayMath" then pending = inline
      elseif inline.t ~= "Space" and inline.t ~= "SoftBreak" then pending = nil end
      out:insert(inline)
    end
  end
  block.content = out
  return block
end

local function figure(fig)
  if kind_of(fig.identifier) ~= "fig" then return nil end
  local content = fig.content
  content:insert(pandoc.Para(pandoc.utils.blocks_to_inlines(fig.caption.long)))
  return float(pandoc.Div(content, fig.attr), "fig")
end

local function tbl(el)
  check(el)
  if kind_of(el.identifier) ~= "tbl" then return nil end
  local attr = el.attr
  el.attr = pandoc.Attr()
  return float(pandoc.Div({ el }, attr), "tbl")
end

-- A file's name above its code.
local function with_filename(code)
  local name = code.attributes.filename
  if not name then return code end
  code.attributes.filename = nil
  local words = pandoc.Para { pandoc.Strong { pandoc.Code(name) } }
  if format == "html" then
    local plain = name:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;")
    words = pandoc.RawBlock("html", "<pre><strong>" .. plain .. "</strong></pre>")
  end
  local head = pandoc.Div({ words }, pandoc.Attr("", { "code-with-filename-file" }))
  return pandoc.Div({ head, code }, pandoc.Attr("", { "code-with-filename" }))
end

local function listing(code)
  check(code)
  for line in (code.text .. "\n"):gmatch("(.-)\n") do
    if line:match("[#/%-%%;]%s*<%d+>%s*$") then fail("code annotations (`" .. line .. "`) are not supported", line) end
  end
  local caption, id = code.attributes["lst-cap"], code.identifier
  code.attributes["lst-cap"] = nil
  if not caption then return with_filename(code), false end
  code.identifier = ""
  return float(pandoc.Div({ with_filename(code), pandoc.Para(markdown(caption)) }, pandoc.Attr(id)), "lst"), false
end

local function cite(el)
  for _, citation in ipairs(el.citations) do
    local label = citation.id:sub(1, 1):lower() .. citation.id:sub(2)
    local kind = kind_of(label)
    if WORDS[kind] then
      table.insert(index.references, label)
    else
      table.insert(index.citations, citation.id)
    end
  end
end

-- HTML may hold a figure, which print draws. TeX outside of dollars: Quarto shows the environments of formulas; the rest
-- would not be on the page.
local function foreign(raw)
  if raw.text:match("<rl%-figure") or raw.text:match("<rl%-race") then table.insert(index.figures, raw.text) end
  if raw.format ~= "tex" then return nil end
  local name, star, body = raw.text:match("^%s*\\begin{(%a+)(%*?)}(.*)\\end{%a+%*?}%s*$")
  local inner = ENVIRONMENTS[name]
  if not inner then
    fail("TeX outside of a formula is not on the page: " .. raw.text, raw.text)
    return {}
  end
  if inner ~= "" then body = "\\begin{" .. inner .. "}" .. body .. "\\end{" .. inner .. "}" end
  local math = pandoc.Math("DisplayMath", body)
  return raw.t == "RawBlock" and pandoc.Para { math } or math
end

local function image(el)
  check(el)
  table.insert(index.images, el.src)
  local alt = el.attributes["fig-alt"]
  if not alt and #el.caption == 0 and el.src:match("_files/figure%-html/") then alt = "Picture drawn by the code" end
  if not alt then return nil end
  el.attributes["fig-alt"] = nil
  el.caption = pandoc.Inlines(alt)
  return el
end

local walk_order = {
  traverse = "topdown", Header = heading, Div = block_div, Figure = figure, Table = tbl, CodeBlock = listing,
  Para = equations, Plain = equations, Cite = cite,
  RawBlock = foreign, RawInline = foreign, Image = image,
  Span = function(span)
    if not visible(span) then return {} end
    check(span)
  end,
}

-- What the front matter says beside the title. The page's template shows subtitle and author; elsewhere they are text.
local function front(meta)
  local out = pandoc.Blocks {}
  if format ~= "html" and meta.subtitle then out:insert(pandoc.Para { pandoc.Emph(pandoc.Inlines(meta.subtitle)) }) end
  if format ~= "html" and meta.author then
    local given = pandoc.utils.type(meta.author) == "List" and meta.author or { meta.author }
    local names = {}
    for _, one in ipairs(given) do table.insert(names, text(one.name or one)) end
    out:insert(pandoc.Para(pandoc.Inlines(table.concat(names, ", "))))
  end
  if meta.abstract then
    local head = pandoc.Div({ pandoc.Plain("Abstract") }, pandoc.Attr("", { "block-title" }))
    if format ~= "html" then head = pandoc.Para { pandoc.Strong("Abstract.") } end
    local words = pandoc.Blocks { head }
    words:extend(meta.abstract)
    out:insert(pandoc.Div(words, pandoc.Attr("", { "abstract" })))
  end
  return out
end

function Pandoc(doc)
  local meta = doc.meta
  chapter, format = text(meta["press-chapter"] or ""), text(meta["press-format"] or "html")
  depth = tonumber(text(meta["press-depth"] or "3"))
  local first = doc.blocks[1]
  local title, id = meta.title, ""
  if title then
    title = pandoc.utils.type(title) == "Inlines" and title or pandoc.Inlines(text(title))
  elseif first and first.t == "Header" and first.level == 1 then
    title, id = first.content, first.identifier
    doc.blocks:remove(1)
  else
    fail("a chapter begins with its title, `# Title` or title: in the front matter", "")
    title = pandoc.Inlines {}
  end
  index.title, index.id = text(title), id
  if kind_of(id) == "sec" and chapter ~= "" then
    table.insert(index.entries, { id = id, word = WORDS.sec, number = chapter, title = index.title, level = 1 })
  end
  counts = {}
  doc.blocks = front(meta) .. doc.blocks
  title = pandoc.Blocks({ pandoc.Plain(title) }):walk(walk_order)
  doc.blocks = doc.blocks:walk(walk_order)
  doc.blocks:insert(1, pandoc.Div(title, pandoc.Attr("press-chapter-title")))
  common.write(meta, "press-index", index)
  doc.meta = {}
  return doc
end
