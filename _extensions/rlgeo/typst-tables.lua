--[[ Tables in print: each column as wide as it needs to be. A pipe table's dashes, which Markdown takes for relative widths
where a row is long, cut code words off on paper. A column of sentences gets what the others leave, and two fifths at
least, unless there is code. Long names in code break after their parts, where they would lie on the next column.
Columns without an alignment begin at the left, as on a page: Typst would center them with the table. ]]

if not FORMAT:match("typst") then return {} end

local LINE, SENTENCE, LEAST = 108, 48, 0.42 -- letters in a line of a table, and in a sentence; share of the width

local function share(tbl)
  local most, code, all, widest = tbl.colspecs:map(function() return 0 end), false, 0, 1
  local seen = tbl:walk { Code = function() code = true end, Math = function() return pandoc.Str("math") end }
  for _, body in ipairs(seen.bodies) do
    for _, row in ipairs(body.body) do
      for i, cell in ipairs(row.cells) do
        most[i] = math.max(most[i], pandoc.text.len(pandoc.utils.stringify(cell.contents)))
      end
    end
  end
  for i, letters in ipairs(most) do
    all, widest = all + letters + 3, letters > most[widest] and i or widest
  end
  if code or all <= LINE or most[widest] <= SENTENCE then return nil end
  return widest, math.max(LEAST, 1 - (all - most[widest]) / LINE)
end

local LONG = 20 -- letters of code that find room in any column

local function breakable(code)
  if #code.text > LONG then code.text = code.text:gsub("[_=(]", "%0\u{200b}") end
  return code
end

return { { Table = function(tbl)
  local column, width = share(tbl)
  for i, spec in ipairs(tbl.colspecs) do
    tbl.colspecs[i] = { spec[1] == "AlignDefault" and "AlignLeft" or spec[1], i == column and width or nil }
  end
  return tbl:walk { Code = breakable }
end } }
