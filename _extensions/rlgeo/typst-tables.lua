--[[ Tables in print: each column as wide as it needs to be. A pipe table's dashes, which Markdown takes for relative widths
where a row is long, cut code words off on paper. Columns without an alignment begin at the left, as on a page: Typst
would center them with the table. ]]

if not FORMAT:match("typst") then return {} end

return { { Table = function(tbl)
  tbl.colspecs = tbl.colspecs:map(function(spec)
    return { spec[1] == "AlignDefault" and "AlignLeft" or spec[1], nil }
  end)
  return tbl
end } }
