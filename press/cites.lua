--[[ After citeproc: the list of references lives on one page of the book. On that page it stays (and its entries, as
plain text, go to the file `press-entries`); elsewhere it is dropped, and citations link to that page and show the
entry when the pointer rests on them. ]]

local common = dofile(pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), "common.lua" })
local text = pandoc.utils.stringify

function Pandoc(doc)
  local meta, entries = doc.meta, {}
  local page = meta["press-references"] and text(meta["press-references"])
  if meta["press-entries"] then
    doc:walk { Div = function(div)
      local key = div.identifier:match("^ref%-(.+)$")
      if key then entries[key] = text(div) end
    end }
    common.write(meta, "press-entries", entries)
    return nil
  end
  if meta["press-titles"] then
    entries = common.read(meta, "press-titles")
  end
  return doc:walk {
    Div = function(div)
      if div.identifier == "refs" and page then return {} end
    end,
    Link = function(link)
      local key = link.target:match("^#ref%-(.+)$")
      if not key then return nil end
      link.target = (page or "") .. link.target
      link.title = entries[key] or ""
      link.attributes.role = "doc-biblioref"
      return link
    end,
  }
end
