import './base.css';
import './table.css';
import './result.css';
import './tables.css';
import './files.css';
import './query.css';
import './charts.css';
import './jobs.css';
