--[[ TeX that pandoc translates wrongly for Typst, rewritten into TeX that it translates rightly:
`\!` becomes a whole em backwards and `\;` no space at all (texmath #295); `\middle|` and `\tag` lose their meaning. ]]

if not FORMAT:match("typst") then return {} end

local SPACES = { ["!"] = "", [";"] = "\\ ", [","] = "\\, ", [":"] = "\\: " }

local function rewrite(tex)
  tex = tex:gsub("\\\\", "\0"):gsub("\\([!;])", SPACES):gsub("\0", "\\\\")
  return (tex:gsub("\\middle%s*", ""):gsub("\\[bB]igg?[lrm]?%f[^%a]%s*", ""):gsub("\\mkern%-?%d+mu", ""))
end

return { { Math = function(math)
  math.text = rewrite(math.text)
  return math
end } }
