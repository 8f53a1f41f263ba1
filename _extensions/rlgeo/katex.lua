--[[ Render all TeX of an HTML document with KaTeX while the book is built: one call of Node for each document, no
script in the page. A labelled equation arrives as a span that holds the formula with its number at the end, either
`\tag{1.1}` or `\qquad(1.1)`. A formula that KaTeX rejects stops the build, and so does a missing Node: Quarto would
have the pages load a script for their formulas from another host. ]]

local function script_path()
  local name = "dist/katex-render.cjs"
  if quarto then return quarto.utils.resolve_path(name) end
  return pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), name }
end

local function exists(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

local function formula(math)
  local tex, tag = math.text, nil
  local display = math.mathtype == "DisplayMath"
  if display then
    local body, number = tex:match("^(.*)\\tag{([^{}]*)}%s*$")
    if not body then body, number = tex:match("^(.*)\\qquad%((%w+%.?%d*)%)%s*$") end
    if body then tex, tag = body, number end
  end
  return { tex = tex, display = display, tag = tag }
end

local function is_formula(inline)
  return inline.t == "RawInline" and inline.text:match('^<span class="katex"') ~= nil
end

local function closing(text)
  local mark, rest = text:match("^([%.,;:!%?%)%]%-]+)(.*)$")
  if not mark then mark, rest = text:match("^(’s?)(.*)$") end
  return mark, rest
end

-- A browser breaks a line between a formula and the comma or bracket that touches it; a span in which no line breaks
-- keeps them together. A formula breaks between its parts, so the last of them gets such a span of its own: engines
-- have a rule each for the edge between what may break and what may not.
local function keep_together(inlines)
  local kept = pandoc.List {}
  for i, inline in ipairs(inlines) do
    local last, following = kept[#kept], inlines[i + 1]
    local before, after = "", ""
    if is_formula(inline) then
      local rest, bracket = (last and last.t == "Str" and last.text or ""):match("^(.-)([%(%[]+)$")
      if bracket then before, kept[#kept] = bracket, pandoc.Str(rest) end
      local mark, tail = closing(following and following.t == "Str" and following.text or "")
      if mark then after, inlines[i + 1] = mark, pandoc.Str(tail) end
    end
    if before .. after ~= "" then
      local text = inline.text
      if after ~= "" then
        local others, last = text:match('^(.*)(<span class="katex%-base">.*)</span></span>$')
        if last then text = others .. '<span class="rl-last">' .. last .. "</span></span></span>" end
      end
      inline = pandoc.RawInline("html", '<span class="rl-keep">' .. before .. text .. after .. "</span>")
    end
    kept:insert(inline)
  end
  return kept
end

function Pandoc(doc)
  if not FORMAT:match("^html") then return nil end
  local formulas = pandoc.List {}
  doc:walk { Math = function(math) formulas:insert(formula(math)) end }
  if #formulas == 0 then return nil end
  if not exists(script_path()) then
    error("the web bundle is not built (python web/prebuild.py): " .. script_path() .. " is missing", 0)
  end
  local node = os.getenv("RLGEO_NODE") or "node"
  local ran, answer = pcall(pandoc.pipe, node, { script_path() }, pandoc.json.encode(formulas))
  if not ran then
    error("Node could not render the formulas: " .. tostring(answer))
  end
  local rendered, position, bad = pandoc.json.decode(answer, false), 0, {}
  for i, result in ipairs(rendered) do
    if result.error then
      table.insert(bad, "KaTeX cannot read a formula: " .. result.error:gsub("%s+", " "):gsub("\u{332}", "") .. "\n  formula: " ..
        pandoc.json.encode(formulas[i].tex))
    end
  end
  if #bad > 0 then error(table.concat(bad, "\n"), 0) end
  doc = doc:walk { Math = function()
    position = position + 1
    return pandoc.RawInline("html", rendered[position].html)
  end }
  return doc:walk { Inlines = keep_together }
end
