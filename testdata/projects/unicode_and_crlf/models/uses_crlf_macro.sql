select {{ double_it(21) }} as n, '{{ "é" ~ "é" }}' as composed, '{{ "tab	inside" }}' as tab, '	' as literal_tab
from {{ ref('windows_lines') }}, {{ ref('größen') }} where nr = 1
