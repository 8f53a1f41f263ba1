--[[ Fold what a first reading can pass over, under one line each: proofs, the outputs of checking cells with their code,
and any `::: {.fold summary="…"}`. It runs after cross-references are numbered, in Quarto and in press alike. Everything is
written as open, for print and for readers without scripts; the page's scripts close what carries `data-fold`. ]]

if not FORMAT:match("^html") then return {} end

local function html(source) return pandoc.RawBlock("html", source) end

local function folded(classes, identifier, summary, blocks)
  local id = identifier ~= "" and (' id="' .. identifier .. '"') or ""
  local head = { html(('<details%s class="%s" open data-fold><summary>'):format(id, classes)), pandoc.Plain(summary),
    html("</summary>") }
  return pandoc.Blocks(head) .. blocks .. { html("</details>") }
end

-- "Proof (by induction)." becomes the line that stays.
local function proof(div)
  local first = div.content[1]
  local title = first and first.t == "Para" and first.content[1]
  if not title or title.t ~= "Span" or not title.classes:includes("proof-title") then return nil end
  first.content:remove(1)
  while first.content[1] and first.content[1].t:match("Space$") do first.content:remove(1) end
  if #first.content == 0 then div.content:remove(1) end
  return folded("proof rl-fold", div.identifier, { title }, div.content)
end

-- The raw HTML that a block begins with, and the words after it.
local function opening(block)
  if not block then return "" end
  if block.t == "RawBlock" then return block.text end
  local first = block.t == "Plain" and block.content[1]
  return first and first.t == "RawInline" and first.text .. pandoc.utils.stringify(block) or ""
end

-- The outputs of a folded check go where its code is, which with Quarto is in a div of its own.
local function check(div)
  local first = div.content[1]
  if first and first.t == "Div" and first.classes:includes("quarto-scaffold") then
    div.content:remove(1)
    div.content = first.content .. div.content
    first = div.content[1]
  end
  if not opening(first):match("^<details.*<summary>Check") then return nil end
  for position, block in ipairs(div.content) do
    if block.t == "RawBlock" and block.text:match("^</details>") then
      div.content:insert(div.content:remove(position))
      return div
    end
  end
end

local function div(el)
  if el.classes:includes("fold") then
    -- sections that begin inside of it must end there
    local inside = pandoc.Blocks { pandoc.Div(el.content) }
    return pandoc.Div(folded("rl-fold", el.identifier, pandoc.Inlines(el.attributes.summary or "More"), inside))
  end
  if el.classes:includes("cell") then return check(el) end
  if el.classes:includes("proof") and not el.classes:includes("remark") and not el.classes:includes("solution") then
    return proof(el)
  end
end

local function code(block)
  if not block.text:match('^<details class="code%-fold">') then return nil end
  block.text = block.text:gsub('class="code%-fold"', '%0 open data-fold', 1)
  return block
end

return { { Div = div }, { RawBlock = code, RawInline = code } }
