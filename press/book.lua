--[[ Second pass over a chapter (json -> html5): cross-references, floats, theorems, callouts, tabs and code cells,
with the element structure and the class names that Quarto emits. `press-labels` names a JSON file with every label
of the book ({number, prefix, href}), hrefs already relative to this page. ]]

local NBSP = "\u{a0}"
local common = dofile(pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), "common.lua" })
local take, text = common.take, pandoc.utils.stringify
local labels, fold, summary, tabsets, captions = {}, nil, "Code", 0, 0

local function html(source) return pandoc.RawBlock("html", source) end

local function take_attribute(el, name)
  local value = el.attributes[name]
  el.attributes[name] = nil
  return value
end

local function drop_class(el, class)
  el.classes = el.classes:filter(function(name) return name ~= class end)
end

-- Put inlines at the start of a div's first paragraph, or in a paragraph of their own.
local function prepend(div, inlines)
  local first = div.content[1]
  if first and first.t == "Para" then
    for position, inline in ipairs(inlines) do first.content:insert(position, inline) end
  else
    div.content:insert(1, pandoc.Para(inlines))
  end
  return div
end

local function float(div)
  local kind, label, caption = take_attribute(div, "kind"), take_attribute(div, "word"), take(div, true)
  local place = kind == "fig" and "bottom" or "top"
  captions = captions + 1
  local id = (div.identifier ~= "" and div.identifier or "plain-" .. captions) .. "-caption"
  if label ~= "" then
    if #caption > 0 then caption:insert(1, pandoc.Space()) label = label .. ":" end
    caption:insert(1, pandoc.Str(label))
  end
  div = div:walk { Image = function(image)
    image.classes:extend { "img-fluid", "figure-img" }
    return image
  end }
  drop_class(div, "press-float")
  drop_class(div, "press-plain")
  if #caption == 0 then return div end
  local body, figcaption = div.content, pandoc.Blocks {
    html(('<figcaption id="%s" class="quarto-float-caption-%s quarto-float-caption quarto-float-%s">')
      :format(id, place, kind)),
    pandoc.Plain(caption), html("</figcaption>") }
  body:insert(1, html('<div aria-describedby="' .. id .. '">'))
  body:insert(html("</div>"))
  local blocks = place == "top" and figcaption .. body or body .. figcaption
  blocks:insert(1, html('<figure class="quarto-float quarto-float-' .. kind .. ' figure">'))
  blocks:insert(html("</figure>"))
  if kind == "lst" then div.classes:insert("listing") end
  local align = kind == "lst" and "left" or "center"
  div.classes:extend { "quarto-float", "quarto-figure", "quarto-figure-" .. align, "anchored" }
  div.content = blocks
  return div
end

local function theorem(div)
  local kind, title = take_attribute(div, "kind"), common.title(take_attribute(div, "word"), take(div))
  div.attributes.number = nil
  drop_class(div, "press-theorem")
  div.classes:extend { "theorem", kind ~= "theorem" and kind or nil }
  return prepend(div, { pandoc.Span({ pandoc.Strong(title) }, pandoc.Attr("", { "theorem-title" })), pandoc.Space() })
end

local function proof(div)
  local kind, title = take_attribute(div, "kind"), common.title({ pandoc.Emph(take_attribute(div, "word")) }, take(div))
  div.attributes.number = nil
  drop_class(div, "press-proof")
  div.classes:extend { kind ~= "proof" and "proof" or nil }
  return prepend(div, { pandoc.Span(title .. { pandoc.Str(". ") }, pandoc.Attr("", { "proof-title" })) })
end

local function callout(div)
  local kind, number, title = take_attribute(div, "kind"), take_attribute(div, "number"), take(div)
  local word = take_attribute(div, "word")
  local collapse, icon = take_attribute(div, "collapse"), take_attribute(div, "icon")
  local style = take_attribute(div, "appearance") or "default"
  if style == "minimal" then style, icon = "simple", "false" end
  local given = #title > 0 and not number
  if number then
    title:insert(1, pandoc.Str(word .. (#title > 0 and ": " or "")))
  elseif not given and style == "default" then title = pandoc.Inlines(word) end
  local classes = pandoc.List { "callout", "callout-style-" .. style, "callout-" .. kind }
  if icon == "false" then classes:insert("no-icon") end
  drop_class(div, "press-callout")
  drop_class(div, "callout-" .. kind)
  if #title > 0 then classes:insert("callout-titled") end
  div.classes = classes .. div.classes
  if given then title:insert(1, pandoc.Span(word, pandoc.Attr("", { "screen-reader-only" }))) end
  local mark = '<i class="callout-icon' .. (icon == "false" and " no-icon" or "") .. '"></i>'
  local body = div.content
  if #title == 0 then
    div.content = pandoc.Blocks { html('<div class="callout-body d-flex"><div class="callout-icon-container">' .. mark ..
      '</div><div class="callout-body-container">') } .. body .. { html("</div></div>") }
    return div
  end
  local tag, open = collapse and "summary" or "div", collapse == "false" and " open" or ""
  local container = collapse and "span" or "div"
  local blocks = pandoc.Blocks {
    html(('<%s class="callout-header d-flex align-content-center"><%s class="callout-icon-container">%s</%s>' ..
      '<%s class="callout-title-container flex-fill">'):format(tag, container, mark, container, container)),
    pandoc.Plain(title), html(("</%s></%s>"):format(container, tag)),
    html('<div class="callout-body-container callout-body">') } .. body .. { html("</div>") }
  if not collapse then
    div.content = blocks
    return div
  end
  local id = div.identifier ~= "" and (' id="' .. div.identifier .. '"') or ""
  return { html(('<details%s class="%s"%s>'):format(id, table.concat(div.classes, " "), open)) } .. blocks ..
    { html("</details>") }
end

local function tabset(div)
  tabsets = tabsets + 1
  local bar = { pandoc.RawInline("html", '<ul class="nav nav-tabs" role="tablist">') }
  local panes, first = pandoc.Blocks {}, 1
  for i, tab in ipairs(div.content) do
    if tab.classes:includes("active") then first = i end
  end
  for i, tab in ipairs(div.content) do
    local id = ("tabset-%d-%d"):format(tabsets, i)
    local active, selected = i == first and " active" or "", tostring(i == first)
    table.insert(bar, pandoc.RawInline("html", ('<li class="nav-item" role="presentation"><a class="nav-link%s" ' ..
      'id="%s-tab" data-bs-toggle="tab" data-bs-target="#%s" role="tab" aria-controls="%s" aria-selected="%s" href="#%s">')
      :format(active, id, id, id, selected, id)))
    for _, inline in ipairs(take(tab)) do table.insert(bar, inline) end
    table.insert(bar, pandoc.RawInline("html", "</a></li>"))
    local attributes = { role = "tabpanel", ["aria-labelledby"] = id .. "-tab" }
    panes:insert(pandoc.Div(tab.content, pandoc.Attr(id, { "tab-pane", i == first and "active" or nil }, attributes)))
  end
  table.insert(bar, pandoc.RawInline("html", "</ul>"))
  div.content = { pandoc.Plain(bar), pandoc.Div(panes, pandoc.Attr("", { "tab-content" })) }
  return div
end

local function code(block)
  if not block.classes:includes("cell-code") then return nil end
  local folded, words = take_attribute(block, "code-fold") or fold, take_attribute(block, "code-summary") or summary
  if not folded or folded == "false" then return block end
  return { html(('<details class="code-fold"%s><summary>%s</summary>'):format(
    folded == "show" and " open" or "", pandoc.write(pandoc.Pandoc { pandoc.Plain(words) }, "html"))),
    block, html("</details>") }
end

local function reference(cite)
  return common.references(cite, labels, NBSP, function(words, entry)
    return pandoc.Inlines { pandoc.Link(words, entry.href, "", pandoc.Attr("", { "quarto-xref" })) }
  end)
end

local function header(el)
  if el.attributes.number then
    el.content:insert(1, pandoc.Space())
    el.content:insert(1, pandoc.Span(el.attributes.number, pandoc.Attr("", { "header-section-number" })))
  end
  return el
end

local RENDERERS = { ["press-float"] = float, ["press-theorem"] = theorem, ["press-proof"] = proof,
  ["press-callout"] = callout, ["panel-tabset"] = tabset }

local function div(el)
  for _, class in ipairs(el.classes) do
    if RENDERERS[class] then return RENDERERS[class](el) end
  end
end

local function equation(span)
  if not span.classes:includes("press-equation") then return nil end
  span.content[1].text = span.content[1].text .. " \\tag{" .. take_attribute(span, "number") .. "}"
  drop_class(span, "press-equation")
  return span
end

local function link(el)
  local path, rest = el.target:match("^([^:#?]+)%.qmd(.*)$")
  if path then el.target = path .. ".html" .. rest end
  return el
end

function Pandoc(doc)
  labels = common.read(doc.meta, "press-labels")
  fold = doc.meta["press-fold"] and text(doc.meta["press-fold"])
  if doc.meta["press-summary"] then summary = text(doc.meta["press-summary"]) end
  doc = doc:walk { Cite = reference, Header = header, CodeBlock = code, Span = equation, Link = link }
  return doc:walk { Div = div }
end
