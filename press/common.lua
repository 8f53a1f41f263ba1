--[[ What the writers of pages, print and notebooks share. ]]

local common = {}
local text = pandoc.utils.stringify

-- The data in the JSON file that a metadata field names.
function common.read(meta, field)
  local file = assert(io.open(text(meta[field])))
  local data = pandoc.json.decode(file:read("a"), false)
  file:close()
  return data
end

function common.write(meta, field, data)
  local file = assert(io.open(text(meta[field]), "w"))
  file:write(pandoc.json.encode(data))
  file:close()
end

-- The path in the book of a file that a chapter in `folder` names.
function common.inside(folder, path)
  local steps = pandoc.List {}
  for step in (folder .. "/" .. path):gmatch("[^/]+") do
    if step == ".." then steps:remove() elseif step ~= "." then steps:insert(step) end
  end
  return table.concat(steps, "/")
end

-- Take the first part of a div, its title, or the last one, its caption.
function common.take(div, last)
  local part = div.content:remove(last and #div.content or 1)
  return part.content[1] and part.content[1].content or pandoc.Inlines {}
end

-- "Theorem 1.1 (Name)"
function common.title(word, name)
  local words = pandoc.Inlines(word)
  return #name > 0 and words .. { pandoc.Str(" (") } .. name .. { pandoc.Str(")") } or words
end

-- References in words, each as `make` writes it; nil for what is a citation.
function common.references(cite, labels, space, make)
  local out = pandoc.Inlines {}
  for i, citation in ipairs(cite.citations) do
    local label = citation.id:sub(1, 1):lower() .. citation.id:sub(2)
    local entry = labels[label]
    if not entry then return nil end
    if i > 1 then out:extend { pandoc.Str(","), pandoc.Space() } end
    local words = pandoc.Inlines {}
    if #citation.prefix > 0 then words = citation.prefix .. { pandoc.Str(space) }
    elseif citation.mode ~= "SuppressAuthor" then words:insert(pandoc.Str(entry.prefix .. space)) end
    words:insert(pandoc.Span(entry.number))
    out:extend(make(words, entry, label))
    out:extend(citation.suffix)
  end
  return out
end

return common
