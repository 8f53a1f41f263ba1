--[[ A numbered chapter as Typst: the same numbers and the same words as on the page, in the boxes of `book.typ`.
Labels inside a chapter that only pandoc made up get the chapter's name in front, so that chapters do not clash. ]]

local ENTITIES = { amp = "&", lt = "<", gt = ">", quot = '"' }
local common = dofile(pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), "common.lua" })
local take, text = common.take, pandoc.utils.stringify
local LONG, WORDY = 14, 900 -- rows, signs
local labels, chapter, chapters, site, href, folder, figures = {}, "", {}, "", "", "", 0
local book

local function raw(source) return pandoc.RawBlock("typst", source) end
local function inline(source) return pandoc.RawInline("typst", source) end
local function quoted(words) return '"' .. words:gsub('[\\"]', "\\%0") .. '"' end
local function name(id) return (labels[id] or id:match("^ref%-") or id == "") and id or chapter .. "--" .. id end
local function anchor(id) return id ~= "" and "#anchor(" .. quoted(name(id)) .. ")" or "" end

local function content(inlines)
  return pandoc.Inlines { inline("[") } .. inlines .. { inline("]") }
end

-- `#call(key: value, title: [inlines])[blocks]`, with an anchor before it.
local function box(call, id, title, body, key)
  local head = pandoc.Inlines { inline(anchor(id) .. "\n#" .. call .. ", " .. (key or "title") .. ": ") } .. content(title)
  return pandoc.Blocks { pandoc.Plain(head .. { inline(")[") }) } .. body .. { raw("]\n") }
end

local function float(div)
  local kind, word, caption = div.attributes.kind, div.attributes.word, take(div, true)
  local label = word .. (word ~= "" and #caption > 0 and ":" or "")
  local live = false
  div:walk { RawBlock = function(block) live = live or block.text:match("<rl%-[fr]") ~= nil end }
  if live and site ~= "" then
    local address = site .. "/" .. href .. "#" .. div.identifier
    caption = caption .. { pandoc.Space(), pandoc.Link("Interactive on the web.", address) }
  end
  local call = "float(kind: " .. quoted(kind) .. ", label: " .. quoted(label) .. ", name: " .. quoted(div.identifier)
  if kind == "fig" then figures = figures + 1 end
  if kind == "fig" and figures > 1 and not div.attributes.fixed then call = call .. ", moves: true" end
  return box(call, "", caption, div.content, "caption")
end

-- Figures in a box, a list or a proof stay where they are; others may move to the top or the foot of a page.
local function fix(el)
  return el:walk { Div = function(div)
    if div.classes:includes("press-float") then div.attributes.fixed = "true" end
    return div
  end }
end

local function fix_inside(el)
  for _, class in ipairs { "press-callout", "press-theorem", "press-proof", "press-tab" } do
    if el.classes:includes(class) then return fix(el) end
  end
end

local function statement(div, call)
  local kind, title = div.attributes.kind, common.title(div.attributes.word, take(div)) .. { pandoc.Str(".") }
  local last = div.content[#div.content]
  if kind == "proof" and last and last.t == "Para" then last.content:insert(inline("#qed"))
  elseif kind == "proof" then div.content:insert(raw("#qed")) end
  return box(call .. "(kind: " .. quoted(kind), div.identifier, title, div.content)
end

local function callout(div)
  local kind, word, given = div.attributes.kind, div.attributes.word, take(div)
  if div.attributes.number then given:insert(1, pandoc.Str(word .. (#given > 0 and ": " or "")))
  elseif #given == 0 then given = pandoc.Inlines(word) end
  return box("callout(kind: " .. quoted(kind), div.identifier, given, div.content)
end

-- The title as it stands on the chapter's first page, and again as its line in the contents.
local function chapter_title(words)
  local number = pandoc.Inlines(book.number ~= "" and { inline(book.number .. "#h(.7em)") } or {})
  local head = "#pagebreak(weak: true)\n#anchor(" .. quoted(chapter) .. ")\n#chapter-title(" .. quoted(book.number) .. ", " ..
    quoted(book.kind) .. ")"
  return pandoc.Blocks { pandoc.Plain(pandoc.Inlines { inline(head) } .. content(words)),
    pandoc.Plain(pandoc.Inlines { inline("#contents-line") } .. content(number .. words)) }
end

local function div(el)
  local classes = el.classes
  if el.identifier == "press-chapter-title" then return chapter_title(el.content[1].content) end
  if classes:includes("press-title") or classes:includes("press-caption") then return nil end
  if classes:includes("press-float") then return float(el) end
  if classes:includes("press-theorem") then return statement(el, "theorem") end
  if classes:includes("press-proof") then return statement(el, "proof") end
  if classes:includes("press-callout") then return callout(el) end
  if classes:includes("press-tab") then
    local title = take(el)
    return pandoc.Blocks { pandoc.Para { pandoc.Strong(title) } } .. el.content
  end
  if classes:includes("code-with-filename") then
    return pandoc.Blocks { raw("#with-filename[") } .. el.content .. { raw("]") }
  end
  if classes:includes("cell-output") and el.content[1] and el.content[1].t == "CodeBlock" then
    return pandoc.Blocks { raw("#output[") } .. el.content .. { raw("]") }
  end
  if el.identifier == "refs" or el.identifier:match("^ref%-") then return nil end
  local blocks = el.content
  if el.identifier ~= "" and labels[el.identifier] then blocks:insert(1, raw(anchor(el.identifier))) end
  return blocks
end

-- A figure is a picture that press has drawn under the name of its markup; other HTML has no place in print.
local function picture(block)
  if block.format ~= "html" then return nil end
  local race = block.text:match("<rl%-race")
  if not race and not block.text:match("<rl%-figure") then return {} end
  local alt = (block.text:match('aria%-label="([^"]*)"') or ""):gsub("&(%w+);", ENTITIES):gsub("&#39;", "'"):gsub("&#x27;", "'")
  local file = "figures/" .. pandoc.utils.sha1(block.text) .. (race and ".svg" or ".pdf")
  return raw("#picture(" .. quoted(file) .. ", " .. quoted(alt) .. ")")
end

local function reference(cite)
  return common.references(cite, labels, "\u{a0}", function(words, _, label)
    return pandoc.Inlines { inline("#to(" .. quoted(label) .. ")") } .. content(words)
  end)
end

local function image(el)
  el.src = "/" .. common.inside(folder, el.src:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
  return el
end

local function link(el)
  if el.target:match("^%a[%w+.-]*:") then return nil end
  local path, id = el.target:match("^([^#]*)#?(.*)$")
  if path ~= "" and not path:match("%.qmd$") then return el.content end
  if id:match("=") then -- a state of the lab, which is on the web only
    if site == "" then return el.content end
    return pandoc.Link(el.content, site .. "/" .. common.inside(folder, path):gsub("%.qmd$", ".html") .. "#" .. id)
  end
  local stem = path == "" and chapter or chapters[common.inside(folder, path)] or path
  local target = id == "" and stem or (labels[id] or id:match("^ref%-")) and id or stem .. "--" .. id
  return pandoc.Inlines { inline("#to(" .. quoted(target) .. ")") } .. content(el.content)
end

local function header(el)
  if el.attributes.number then el.content:insert(1, pandoc.Str(el.attributes.number .. "\u{2002}")) end
  local id = name(el.identifier)
  el.identifier, el.attributes, el.classes = "", {}, {}
  return { el, raw("#anchor(" .. quoted(id) .. ")") }
end

local function equation(span)
  if span.classes:includes("press-equation") then
    local call = "#numbered(" .. quoted(span.attributes.number) .. ")["
    return { inline(anchor(span.identifier) .. call), span.content[1], inline("]") }
  end
  if span.identifier == "" then return nil end
  local out = pandoc.Inlines { inline(anchor(span.identifier)) } .. span.content
  return out
end

-- A question stays with its solution, and the name of a list of terms with its first term.
local function leads(blocks)
  for i = 1, #blocks - 1 do
    local block, following = blocks[i], blocks[i + 1]
    local named = block.t == "Para" and #block.content == 1 and block.content[1].t == "Strong"
    local asked = following.t == "Div" and following.classes:includes("press-callout")
    if named and following.t == "DefinitionList" or block.t == "Para" and asked then
      blocks[i] = pandoc.Div({ raw("#leading["), block, raw("]") })
    end
  end
  return blocks
end

local function rows(tbl)
  local count = 0
  for _, body in ipairs(tbl.bodies) do count = count + #body.body end
  return (count > LONG or #text(tbl) > WORDY) and { raw("#long["), tbl, raw("]") } or nil
end

function Pandoc(doc)
  local meta = doc.meta
  book = common.read(meta, "press-labels")
  labels, chapters, chapter, site, href = book.labels, book.chapters, book.chapter, book.site, book.href
  folder = href:match("^.*/") or ""
  doc = doc:walk { Cite = reference, Link = link, Image = image, Header = header, Span = equation, RawInline = function(el)
    if el.format == "html" then return {} end
  end }
  doc = doc:walk { Div = fix_inside, BulletList = fix, OrderedList = fix, BlockQuote = fix }
  doc = doc:walk { Blocks = leads }
  doc = doc:walk { traverse = "typewise", Div = div }
  doc = doc:walk { Table = rows }
  return doc:walk { RawBlock = picture }
end
